// Command jem does headless what the notebooks do: train, evaluate, and say what is wrong.
package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"
)

func main() {
	root := &cobra.Command{
		Use:           "jem",
		Short:         "Joint-embedding methods: train, evaluate, look",
		Long:          "Joint-embedding methods of self-supervised visual representation learning, compiled to XLA by GoMLX.",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	root.AddCommand(doctorCommand(), dataCommand(), methodsCommand(), pretrainCommand(), evaluateCommand(), embedCommand(), exportCommand(), claimCommand(), figuresCommand(), benchCommand())
	if err := root.Execute(); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}
