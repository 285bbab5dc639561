package probe

import (
	"fmt"
	"time"

	"github.com/gomlx/compute"

	"jemlab/jem"
)

// KNNConfig configures KNN. Default values come from NewKNN.
type KNNConfig struct {
	K           int     `json:"k"`           // neighbours that vote
	Temperature float64 `json:"temperature"` // a vote weighs exp(cosine/temperature)
	PerClass    int     `json:"per_class"`   // labelled training images a class; 0 means all
	Seed        uint64  `json:"seed"`        // draws the labelled images
}

// NewKNN returns the protocol used throughout: 20 neighbours, temperature 0.07 (Wu et al., 2018), all labels.
func NewKNN() KNNConfig { return KNNConfig{K: 20, Temperature: 0.07, Seed: 1} }

// KNN classifies the test split by weighted votes of the nearest labelled training images, by cosine: nothing is
// trained or chosen, so it measures the representation alone and leaves the validation split aside. It returns an error if there are fewer than K labelled images.
func KNN(be compute.Backend, f *Features, c KNNConfig) (Result, error) {
	start := time.Now()
	chosen, err := labelled(f.Train.Labels, c.PerClass, c.Seed)
	if err != nil {
		return Result{}, err
	}
	classifier, err := jem.NewKNN(be, f.Classes, c.K, c.Temperature)
	if err != nil {
		return Result{}, err
	}
	defer classifier.Close()
	test, err := f.predictByNeighbours(be, classifier, chosen)
	if err != nil {
		return Result{}, fmt.Errorf("k-NN of %s: %w", f.Name, err)
	}
	r := Result{Features: f.Name, Labels: len(chosen), Dim: f.Dim(),
		Protocol: fmt.Sprintf("%d-NN, cosine, temperature %g", c.K, c.Temperature)}
	if err := r.score(test, f.Test.Labels, f.Classes); err != nil {
		return Result{}, err
	}
	r.Seconds = time.Since(start).Seconds()
	return r, nil
}

// predictByNeighbours returns the class of every test row by the chosen training rows.
func (f *Features) predictByNeighbours(be compute.Backend, classifier *jem.KNN, chosen []int) ([]int32, error) {
	placed, err := f.on(be)
	if err != nil {
		return nil, err
	}
	if len(chosen) == f.Train.H.N {
		return classifier.PredictTensors(placed.train, f.Train.Labels, placed.test)
	}
	bank := f.Train.rows(chosen)
	keys, err := bank.H.Tensor(be)
	if err != nil {
		return nil, err
	}
	defer keys.FinalizeAll()
	return classifier.PredictTensors(keys, bank.Labels, placed.test)
}

// rows returns the chosen rows of a set.
func (s Set) rows(chosen []int) Set {
	out := Set{H: jem.H{N: len(chosen), D: s.H.D, Data: make([]float32, 0, len(chosen)*s.H.D)}, Labels: make([]int32, len(chosen))}
	for i, row := range chosen {
		out.H.Data = append(out.H.Data, s.H.Row(row)...)
		out.Labels[i] = s.Labels[row]
	}
	return out
}
