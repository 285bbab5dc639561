package probe

import (
	"math/rand/v2"
	"testing"

	"github.com/gomlx/compute"

	"jemlab/jem"
	"jemlab/tests/testbackend"
)

func backend(t testing.TB) compute.Backend { return testbackend.Go(t) }

// set returns rows as a Set.
func set(rows [][]float32, labels []int32) Set {
	s := Set{H: jem.H{N: len(rows), D: len(rows[0])}, Labels: labels}
	for _, row := range rows {
		s.H.Data = append(s.H.Data, row...)
	}
	return s
}

// clusters returns n rows of d values about one centre a class, apart enough that a hyperplane separates any two.
func clusters(n, d, classes int, seed uint64) Set {
	r := rand.New(rand.NewPCG(seed, 1))
	rows, labels := make([][]float32, n), make([]int32, n)
	for i := range rows {
		labels[i] = int32(i % classes)
		rows[i] = make([]float32, d)
		for k := range rows[i] {
			rows[i][k] = float32(0.3 * r.NormFloat64())
		}
		rows[i][i%classes] += 4
	}
	return set(rows, labels)
}

// noise returns n rows of d random values with labels that they say nothing about.
func noise(n, d, classes int, seed uint64) Set {
	r := rand.New(rand.NewPCG(seed, 2))
	rows, labels := make([][]float32, n), make([]int32, n)
	for i := range rows {
		labels[i] = int32(r.IntN(classes))
		rows[i] = make([]float32, d)
		for k := range rows[i] {
			rows[i][k] = float32(r.NormFloat64())
		}
	}
	return set(rows, labels)
}

// features returns what New makes of three sets.
func features(t testing.TB, classes int, train, validation, test Set) *Features {
	t.Helper()
	f, err := New("made up", classes, train, validation, test)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// quick is a linear protocol small enough for the pure-Go backend.
func quick(decays ...float64) LinearConfig {
	return LinearConfig{WeightDecays: decays, Epochs: 1, Steps: 150, Batch: 64, Rate: 0.05, Seed: 1}
}
