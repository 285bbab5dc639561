package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"jemlab/jem/lab"
)

func evaluateCommand() *cobra.Command {
	var dir, dataset string
	var what lab.What
	var asJSON bool
	c := &cobra.Command{
		Use:   "evaluate --run DIR",
		Short: "Stage two: classify by a run's frozen features, next to the controls",
		Long: "Stage two: classify images by a run's frozen features (feature extraction), next to raw pixels, the backbone at its\n" +
			"random start and, with --supervised, the backbone trained with labels at the length that JEM_BUDGET gives. Choices are\n" +
			"made on the validation split, the test split is read once. The result is also left in DIR/evaluation.json.",
		Example: "  jem evaluate --run runs/mine --knn --linear\n  jem evaluate --run runs/mine --linear --labels-per-class 10 --json",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if !what.KNN && !what.Linear {
				what.KNN, what.Linear = true, true
			}
			l, err := lab.Open(dataset)
			if err != nil {
				return err
			}
			path, err := filepath.Abs(dir)
			if err != nil {
				return err
			}
			e, err := l.Evaluate(path, what, func(s string) { fmt.Fprintln(os.Stderr, s) })
			if err != nil {
				return err
			}
			if asJSON {
				return json.NewEncoder(os.Stdout).Encode(e)
			}
			fmt.Print(e)
			return nil
		},
	}
	f := c.Flags()
	f.StringVar(&dir, "run", "", "run directory (required)")
	f.StringVar(&dataset, "data", "fashion-mnist", "dataset to evaluate on")
	f.BoolVar(&what.KNN, "knn", false, "20 nearest neighbours, weighted (default both)")
	f.BoolVar(&what.Linear, "linear", false, "linear classifier (default both)")
	f.BoolVar(&what.Supervised, "supervised", false, "also train the control with labels; takes as long as a run of the budget")
	f.IntVar(&what.PerClass, "labels-per-class", 0, "labelled training images a class; 0 means all")
	f.BoolVar(&asJSON, "json", false, "print JSON: run, step, data, knn and linear; each result has features, protocol, labels, dim, accuracy,\n"+
		"validation_accuracy, per_class (percent), confusion ([true][predicted]) and seconds")
	if err := c.MarkFlagRequired("run"); err != nil {
		panic(err)
	}
	return c
}
