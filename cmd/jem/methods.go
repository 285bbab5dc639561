package main

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"jemlab/jem"
	"jemlab/jem/lab"
	"jemlab/jem/pretext"
)

func methodsCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "methods [NAME [OTHER]]",
		Short: "List the methods; print one's components; print how two differ",
		Long: "Without a name: all methods by family, a column a component, and the autoencoders and pretext tasks. With one: its\n" +
			"components, by the names that `jem pretrain --set` takes. With two methods: the components in which they differ.",
		Args: cobra.MaximumNArgs(2),
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 1 && slices.Contains(pretext.Names(), args[0]) {
				return printTask(args[0], asJSON)
			}
			var methods []jem.Method
			for _, name := range args {
				m, err := jem.ByName(name)
				if err != nil {
					return lab.UnknownTask(name)
				}
				methods = append(methods, m)
			}
			switch {
			case asJSON && len(methods) > 0:
				encoder := json.NewEncoder(os.Stdout)
				encoder.SetIndent("", "  ")
				return encoder.Encode(methods)
			case asJSON:
				return json.NewEncoder(os.Stdout).Encode(lab.TaskNames())
			case len(methods) == 1:
				fmt.Print(methods[0].Table())
			case len(methods) == 2:
				fmt.Print(jem.Diff(methods[0], methods[1]))
			default:
				fmt.Print(jem.Overview())
				fmt.Printf("\nautoencoders and pretext tasks\n%s\n", strings.Join(pretext.Names(), ", "))
			}
			return nil
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print a JSON list: of the methods (their fields as in run.json), or of all names")
	return c
}

// printTask prints the fields of an autoencoder or a pretext task; as JSON, as methods are, a list.
func printTask(name string, asJSON bool) error {
	task, err := pretext.ByName(name)
	if err != nil {
		return err
	}
	if !asJSON {
		fmt.Print(jem.Fields(task))
		return nil
	}
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetIndent("", "  ")
	return encoder.Encode([]pretext.Task{task})
}
