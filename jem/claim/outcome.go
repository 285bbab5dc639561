package claim

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat"

	"jemlab/data"
	"jemlab/jem"
	"jemlab/jem/probe"
)

// outcome is what the training of a variant came to, with one seed.
type outcome struct {
	Marks     Values            `json:"marks"`     // the steps after which it was measured
	Live      map[string]Values `json:"live"`      // at the marks, by the names of lives
	Verdict   string            `json:"verdict"`   // of jem.Diagnose at the last mark
	Signature string            `json:"signature"` // jem.Signature's, "" if the loss did not stay at its constant
	KNN       float64           `json:"knn"`       // percent of the test images, by h
	Spectrum  Values            `json:"spectrum"`  // the singular values of z over the largest
	Columns   Values            `json:"columns"`   // the standard deviations of the columns of z over its root mean square, the largest first
}

// outcomes is what claim 8 measures with one seed.
type outcomes struct {
	Variants []outcome // in the order of variants
	Controls Values    // percent of the test images by k-NN, in the order of knnControls
}

// lives are the measures along a training, of the embeddings z of the training batch but for the last, which is of h.
var lives = []struct{ event, title, unit string }{
	{"spread", "spread", ""}, {"directions", "directions", ""}, {"std", "std", ""}, {"rank", "rank", ""}, {"alignment", "alignment", ""},
	{"uniformity", "uniformity", ""}, {"knn", "k-NN of the validation images", "%"},
}

// knnControls are what the k-NN accuracies are compared with.
var knnControls = []string{"pixels", "random backbone", "supervised"}

// collapsed says whether the rows have become equal, or stand in few points, or few directions carry them.
func (o outcome) collapsed() bool {
	return slices.Contains([]string{jem.CompleteCollapse, jem.ClusterCollapse, jem.DimensionalCollapse}, o.Verdict)
}

// measureOutcomes trains the variants with one seed.
func measureOutcomes(ctx context.Context, s Setup, seed int64) (of outcomes, err error) {
	for i, v := range variants(s) {
		o, err := kept(s, fmt.Sprintf("%s-seed%d", v.file(), seed), func() (outcome, error) { return s.outcomeOf(ctx, v, i == 0, seed) })
		if err != nil {
			return of, fmt.Errorf("%s: %w", v, err)
		}
		of.Variants = append(of.Variants, o)
	}
	of.Controls, err = kept(s, fmt.Sprintf("controls-seed%d", seed), func() (Values, error) { return s.knnControls(ctx, seed) })
	return of, err
}

// outcomeOf trains a variant; the first is the setup's method, which claims share.
func (s Setup) outcomeOf(ctx context.Context, v variant, first bool, seed int64) (o outcome, err error) {
	name := v.file()
	if first {
		name = v.method.Name
	}
	t, err := s.pretrainShared(ctx, name, v.method, seed)
	if err != nil {
		return o, err
	}
	if err := o.follow(t); err != nil {
		return o, err
	}
	if o.KNN, err = s.knn(probe.Extract(string(t.Dir), t.Encoder, stageTwo(s, seed))); err != nil {
		return o, err
	}
	images := drawn(rand.New(rand.NewPCG(uint64(seed), 8)), s.Data.Test, at(s.Budget, 32, 256, 512))
	z, err := s.embedViews(t, v.method, images, seed)
	if err != nil {
		return o, err
	}
	if o.Spectrum, err = jem.SingularValues(z.zx, false); err != nil {
		return o, err
	}
	floats.Scale(1/o.Spectrum[0], o.Spectrum)
	o.Columns = columnStds(z.zx)
	return o, nil
}

// follow reads what was measured along a training, and the doctor's verdict.
func (o *outcome) follow(t *Trained) (err error) {
	o.Live = map[string]Values{}
	for _, l := range lives {
		if o.Marks, o.Live[l.event], err = t.values(l.event); err != nil {
			return err
		}
	}
	if d := t.Result.Diagnosis; d != nil {
		o.Verdict, o.Signature = d.Verdict, d.Signature
	}
	return nil
}

// columnStds returns the standard deviation of every column over the root mean square of all values, the largest first: 0 if all rows
// are equal.
func columnStds(h jem.H) Values {
	all, squares := make(Values, h.D), 0.0
	for k := range all {
		column := make([]float64, h.N)
		for i := range column {
			column[i] = float64(h.Row(i)[k])
			squares += column[i] * column[i]
		}
		all[k] = stat.StdDev(column, nil)
	}
	floats.Scale(1/math.Sqrt(squares/float64(h.N*h.D)), all)
	slices.SortFunc(all, func(a, b float64) int { return cmp.Compare(b, a) })
	return all
}

// knn returns the k-NN accuracy of features.
func (s Setup) knn(f *probe.Features, err error) (float64, error) {
	if err != nil {
		return 0, err
	}
	r, err := probe.KNN(s.Backend, f, probe.NewKNN())
	return r.Accuracy, err
}

// knnControls returns the accuracies of the controls.
func (s Setup) knnControls(ctx context.Context, seed int64) (Values, error) {
	t, err := s.PretrainSupervised(ctx, seed)
	if err != nil {
		return nil, err
	}
	return s.controlsOn(stageTwo(s, seed), t, seed)
}

// controlsOn returns the accuracies of the controls on a dataset; t is the supervised one.
func (s Setup) controlsOn(ds *data.Dataset, t *Trained, seed int64) (Values, error) {
	var all Values
	for _, features := range []func() (*probe.Features, error){
		func() (*probe.Features, error) { return probe.RawPixels(ds) },
		func() (*probe.Features, error) { return probe.Random(s.Backend, s.Method.Encoder(), ds, seed) },
		func() (*probe.Features, error) { return probe.Extract(string(t.Dir), t.Encoder, ds) },
	} {
		accuracy, err := s.knn(features())
		if err != nil {
			return nil, err
		}
		all = append(all, accuracy)
	}
	return all, nil
}
