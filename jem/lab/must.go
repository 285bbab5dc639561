package lab

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/janpfeifer/gonb/gonbui"
)

// exit ends the process; tests replace it.
var exit = func(code int) { os.Exit(code) }

// Check ends the cell as failed with err as its last line, if err is not nil.
func Check(err error) {
	if err == nil {
		return
	}
	if gonbui.IsNotebook {
		gonbui.Sync()
	}
	fmt.Fprintln(os.Stderr, "error:", strings.ReplaceAll(err.Error(), root()+string(filepath.Separator), ""))
	exit(1)
}

// Must returns v, or ends the cell as Check does.
func Must[T any](v T, err error) T {
	Check(err)
	return v
}
