package main

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"jemlab/jem/lab"
	"jemlab/jem/run"
)

func exportCommand() *cobra.Command {
	var dir, out string
	var formats []string
	var half bool
	c := &cobra.Command{
		Use:   "export --run DIR --out FOLDER",
		Short: "Write a run's backbone for other programs: safetensors, ONNX, and a model card",
		Long: "Write the backbone of a run's newest checkpoint into FOLDER: backbone.safetensors, its weights; backbone.onnx, the network\n" +
			"from the images' bytes to h; README.md, a model card that says what it is, how it was trained, what `jem evaluate` left in\n" +
			"the run directory, and how the files are loaded. FOLDER may then stand for DIR in `jem evaluate --run` and in notebooks.",
		Example: "  jem export --run runs/mine --out exported\n  jem export --run runs/mine --out small --format safetensors --half",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if _, err := lab.Export(run.Dir(dir), out, half, formats...); err != nil {
				return err
			}
			fmt.Println(filepath.Join(out, "README.md"))
			return nil
		},
	}
	f := c.Flags()
	f.StringVar(&dir, "run", "", "run directory (required)")
	f.StringVar(&out, "out", "", "folder to write to; it is made if it is not there (required)")
	f.StringSliceVar(&formats, "format", lab.ExportFormats, "formats: "+strings.Join(lab.ExportFormats, ", "))
	f.BoolVar(&half, "half", false, "round the weights in the safetensors file to float16: half the size")
	for _, name := range []string{"run", "out"} {
		if err := c.MarkFlagRequired(name); err != nil {
			panic(err)
		}
	}
	return c
}
