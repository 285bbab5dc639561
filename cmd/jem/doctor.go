package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"jemlab/jem/lab"
)

func doctorCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "doctor",
		Short: "Say whether everything is in place, and what to do if not",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			findings := lab.Doctor()
			if asJSON {
				if err := json.NewEncoder(os.Stdout).Encode(findings); err != nil {
					return err
				}
			} else {
				for _, f := range findings {
					fmt.Println(f)
				}
			}
			if !lab.Healthy(findings) {
				return errors.New("there is a problem; do what → says, then run jem doctor again")
			}
			return nil
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print a JSON list of findings: what, status (ok, warning, problem), detail, remedy")
	return c
}
