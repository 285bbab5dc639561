package lab

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"jemlab/data"

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
	fmt.Fprintln(os.Stderr, "error:", withoutRoot(err.Error()))
	exit(1)
}

// Must returns v, or ends the cell as Check does.
func Must[T any](v T, err error) T {
	Check(err)
	return v
}

// withoutRoot shortens the paths in a text to how they are seen from the folder of the go.mod.
func withoutRoot(text string) string {
	return strings.ReplaceAll(text, data.Root()+string(filepath.Separator), "")
}
