package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"jemlab/jem"
)

func methodsCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "methods [NAME [OTHER]]",
		Short: "List the methods; print one's components; print how two differ",
		Long: "Without a name: all methods by family, a column a component. With one: its components, by the names that\n" +
			"`jem pretrain --set` takes. With two: the components in which they differ.",
		Args: cobra.MaximumNArgs(2),
		RunE: func(_ *cobra.Command, args []string) error {
			var methods []jem.Method
			for _, name := range args {
				m, err := jem.ByName(name)
				if err != nil {
					return err
				}
				methods = append(methods, m)
			}
			switch {
			case asJSON && len(methods) > 0:
				encoder := json.NewEncoder(os.Stdout)
				encoder.SetIndent("", "  ")
				return encoder.Encode(methods)
			case asJSON:
				return json.NewEncoder(os.Stdout).Encode(jem.Names())
			case len(methods) == 1:
				fmt.Print(methods[0].Table())
			case len(methods) == 2:
				fmt.Print(jem.Diff(methods[0], methods[1]))
			default:
				fmt.Print(jem.Overview())
			}
			return nil
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print a JSON list: of the methods (their fields as in run.json), or of all names")
	return c
}
