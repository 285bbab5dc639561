package lab

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/janpfeifer/gonb/gonbui"

	"jemlab/data"
	"jemlab/figures"
	"jemlab/jem/bench"
)

// taxonomyFile keeps what `jem bench taxonomy --json` printed, seen from the folder of the go.mod.
var taxonomyFile = filepath.Join("docs", "results", "taxonomy.json")

// ShowTaxonomyResults shows the lecture's taxonomy in numbers, as `jem bench taxonomy` measured them: what k-NN and linear classifiers make of the
// representations of each branch, with few labels and with many, as gains over the random backbone, and everything in a table. Where the
// measurement is missing it says which command makes it.
func ShowTaxonomyResults() error {
	path := filepath.Join(data.Root(), taxonomyFile)
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		fmt.Fprintf(stdout(), "%s is not there; this makes it, in some hours:\n.bin/jem bench taxonomy --json > %s\n", taxonomyFile, taxonomyFile)
		return nil
	}
	if err != nil {
		return err
	}
	var r bench.TaxonomyResult
	if err := json.Unmarshal(raw, &r); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if err := show(taxonomyFigure(r)); err != nil {
		return err
	}
	if !gonbui.IsNotebook {
		fmt.Fprint(stdout(), r)
		return nil
	}
	gonbui.DisplayMarkdown(inWords(r.String()))
	gonbui.Sync()
	return nil
}

// taxonomyFigure shows the means over seeds and draws of the labelled images, with their standard deviations.
func taxonomyFigure(r bench.TaxonomyResult) *figures.Figure {
	columns := []string{"k-NN, %"}
	if len(r.Runs) > 0 {
		for _, f := range r.Runs[0].Fractions {
			columns = append(columns, figures.Say("%d labels, %%", f.Labels))
		}
	}
	var sections []figures.GainSection
	for _, run := range r.Runs {
		section := bench.Branch(run.Name)
		control := section == ""
		if control {
			section = "controls"
		}
		at := slices.IndexFunc(sections, func(s figures.GainSection) bool { return s.Name == section })
		if at < 0 {
			at = len(sections)
			sections = append(sections, figures.GainSection{Name: section})
		}
		s := &sections[at]
		if !slices.ContainsFunc(s.Rows, func(row figures.GainRow) bool { return row.Name == run.Name }) {
			s.Rows = append(s.Rows, taxonomyRow(r, run.Name, control))
		}
	}
	f := figures.Gains("taxonomy-results", "accuracy on the test split of representations of each branch of the taxonomy, over that of the random backbone",
		RandomStart, columns, sections...)
	f.Caption = figures.Say("Feature extraction: k-NN with all labels, and linear classifiers. %g min of pretraining each, mean and standard deviation over %d seeds and %d draws of the labels.",
		r.Minutes, len(r.Seeds), r.Draws)
	return f
}

// taxonomyRow returns the values of all seeds and draws of a name: k-NN, then linear classifiers.
func taxonomyRow(r bench.TaxonomyResult, name string, control bool) figures.GainRow {
	var values [][]float64
	add := func(column int, more ...float64) {
		if column == len(values) {
			values = append(values, nil)
		}
		values[column] = append(values[column], more...)
	}
	for _, run := range r.Runs {
		if run.Name != name {
			continue
		}
		add(0, run.KNN)
		for i, f := range run.Fractions {
			add(i+1, f.Linear...)
		}
	}
	return gainRow(name, control, values...)
}
