package main

import (
	"encoding/json"
	"errors"
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
		Short: "Stage two: what a run's backbone is worth to a downstream task, next to the controls",
		Long: "Stage two: classify images by a run's frozen features (feature extraction) or by finetuning its backbone, next to raw\n" +
			"pixels, the backbone at its random start and, with --supervised, the backbone trained with labels at the length that\n" +
			"JEM_BUDGET gives. Choices are made on the validation split, the test split is read once. The results are also left in\n" +
			"DIR/evaluation.json, or with --labels-per-class N in evaluation-N.json, beside those of before. --data may be another\n" +
			"dataset than the run's, of images of the same size: transfer.",
		Example: "  jem evaluate --run runs/mine --knn --linear\n  jem evaluate --run runs/mine --linear --labels-per-class 10 --draws 3 --json\n" +
			"  jem evaluate --run runs/mine --finetune --labels-per-class 10 --seconds 30\n  jem evaluate --run runs/mine --layers --invariance",
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if what.Draws < 1 || what.Hidden < 0 || what.PerClass < 0 || !(what.Seconds >= 0) {
				return errors.New("want --draws of 1 or more, --hidden, --labels-per-class and --seconds of 0 or more")
			}
			if !what.KNN && !what.Linear && what.Hidden == 0 && !what.Finetune && !what.Layers && !what.Factors && !what.Invariance {
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
	f.BoolVar(&what.KNN, "knn", false, "20 nearest neighbours, weighted (default: this and --linear)")
	f.BoolVar(&what.Linear, "linear", false, "linear classifier")
	f.IntVar(&what.Hidden, "hidden", 0, "also a head with a hidden layer of that width, on frozen features")
	f.BoolVar(&what.Finetune, "finetune", false, "also train the backbone with a linear head, from where the run left it")
	f.BoolVar(&what.Layers, "layers", false, "a linear classifier after the stem and after every stage")
	f.BoolVar(&what.Factors, "factors", false, "which known factors of the images are in h (dataset shapes)")
	f.BoolVar(&what.Invariance, "invariance", false, "how far distortions move h, z and the pixels")
	f.IntVar(&what.Draws, "draws", 1, "how often the labelled images are drawn")
	f.Float64Var(&what.Seconds, "seconds", 0, "most seconds of training of a head or a finetuning, for each rate tried; 0: no limit")
	f.BoolVar(&what.Supervised, "supervised", false, "also train the control with labels; takes as long as a run of the budget")
	f.IntVar(&what.PerClass, "labels-per-class", 0, "labelled training images a class; 0 means all")
	f.BoolVar(&asJSON, "json", false, "print JSON: run, step, data, knn and linear; each result has features, protocol, labels, dim, accuracy,\n"+
		"validation_accuracy, per_class (percent), confusion ([true][predicted]) and seconds")
	if err := c.MarkFlagRequired("run"); err != nil {
		panic(err)
	}
	return c
}
