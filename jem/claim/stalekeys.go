package claim

import (
	"context"
	"fmt"
	"slices"

	"jemlab/data"
	"jemlab/jem"
	"jemlab/jem/pretrain"
)

// staleKeys is claim 12. MoCo trains with a queue of 32 batches. In the middle of the training, where the learning rate is high, every
// stored key is compared with the key that its image gets now.
func staleKeys() Claim {
	return Claim{
		Number: 12, Section: "memory bank", version: 1,
		Sentence:   "Old negatives go stale as the backbone moves; a momentum backbone keeps them valid for longer.",
		Expect:     "The cosine between a stored key and the key of the same image now falls with the key's age, the slower the larger m.",
		experiment: compareAges,
	}
}

// bankBatches is how many batches the lecture's memory bank holds: 32 of 256 are 8192 keys.
const bankBatches = 32

// queued returns MoCo with a queue of so many batches.
func queued(s Setup, batches int) jem.Method {
	m := s.like(jem.MoCo())
	m.MemoryBank.Size = batches * s.Config(m, 1).Batch
	return m
}

// ageMomenta are the m that are compared, ascending.
func ageMomenta(s Setup) []float64 {
	return at(s.Budget, []float64{0, 0.99}, []float64{0, 0.9, 0.99, 0.999}, []float64{0, 0.9, 0.99, 0.999})
}

// ageSteps is how many steps are taken, the first half of a training.
func ageSteps(s Setup) int { return at(s.Budget, 12, 60, 150) }

// ages are what claim 12 measures with one m and one seed, by the age of the keys: 1, 2, … steps.
type ages struct {
	Own    Values `json:"own"`    // mean cosine with the key that the own image gets now
	Others Values `json:"others"` // with those of the other stored images
}

// compareAges runs the experiment.
func compareAges(ctx context.Context, s Setup) (Finding, error) {
	all := make([][]ages, len(ageMomenta(s))) // [m][seed]
	for i, m := range ageMomenta(s) {
		for _, seed := range s.Seeds {
			a, err := kept(s, fmt.Sprintf("m%g-seed%d", m, seed), func() (ages, error) { return measureAges(ctx, s, m, seed) })
			if err != nil {
				return Finding{}, err
			}
			all[i] = append(all[i], a)
		}
	}
	return judgeAges(s, all), nil
}

// measureAges trains MoCo with momentum m and looks at its queue.
func measureAges(ctx context.Context, s Setup, m float64, seed int64) (a ages, err error) {
	moco := queued(s, bankBatches)
	moco.Second.Momentum = m
	c := s.Config(moco, seed)
	c.Steps = 2 * ageSteps(s)
	t, err := pretrain.NewTrial(s.Backend, s.Data, c)
	if err != nil {
		return a, err
	}
	defer t.Close()
	for range ageSteps(s) {
		if err := ctx.Err(); err != nil {
			return a, err
		}
		if _, err := t.Step(); err != nil {
			return a, err
		}
	}
	images, err := data.Resident(s.Backend, s.Data.Train, s.Data.Input)
	if err != nil {
		return a, err
	}
	defer images.FinalizeAll()
	keys, err := moco.Drift(s.Backend, t.Store(), s.Data.Input, images)
	if err != nil {
		return a, err
	}
	a.Own, a.Others = jem.ByAge(keys, ageSteps(s))
	return a, nil
}

// endBatches is how many of the youngest batches in the queue are compared with as many of the oldest.
const endBatches = 4

func (a ages) youngest() float64 { return mean(a.Own[:endBatches]) }
func (a ages) oldest() float64   { return mean(oldestOf(a.Own)) }
func (a ages) fall() float64     { return a.youngest() - a.oldest() }

func oldestOf(byAge Values) Values { return byAge[len(byAge)-endBatches:] }

// judgeAges judges the ages, [m][seed].
func judgeAges(s Setup, all [][]ages) Finding {
	var youngest, oldest, falls, others []Measurement
	for i, m := range ageMomenta(s) {
		of := func(what string, value func(a ages) float64) Measurement {
			return perSeed(fmt.Sprintf("%s, m = %g", what, m), "", all[i], value)
		}
		youngest = append(youngest, of(fmt.Sprintf("cosine of the youngest %d batches of keys with the keys of now", endBatches), ages.youngest))
		oldest = append(oldest, of(fmt.Sprintf("cosine of the oldest %d", endBatches), ages.oldest))
		falls = append(falls, of("fall of the cosine", ages.fall))
		others = append(others, of(fmt.Sprintf("cosine of the oldest %d with other images' keys of now", endBatches), func(a ages) float64 { return mean(oldestOf(a.Others)) }))
		others[i].Control = true
	}
	parts := []Judgement{Above(falls[0], 0)}
	for i := range falls[1:] {
		parts = append(parts, Greater(falls[i], falls[i+1]))
	}
	return Finding{
		Judgement: Every(parts...), Measurements: slices.Concat(youngest, oldest, falls, others), Figures: []Figure{agesFigure(s, all)},
	}
}

// agesFigure shows the cosines against the age.
func agesFigure(s Setup, all [][]ages) Figure {
	own := Chart{Title: "cosine with the own image's key of now", XLabel: "age of the key, steps", YMax: 1}
	others := Chart{Title: "cosine with other images' keys of now", XLabel: "age of the key, steps", YMax: 1}
	for i, m := range ageMomenta(s) {
		var x Values
		for age := range all[i][0].Own {
			x = append(x, float64(age+1))
		}
		var ofOwn, ofOthers []Values
		for _, a := range all[i] {
			ofOwn, ofOthers = append(ofOwn, a.Own), append(ofOthers, a.Others)
		}
		name := fmt.Sprintf("m = %g", m)
		own.Curves, others.Curves = append(own.Curves, curve(name, x, ofOwn, false)), append(others.Curves, curve(name, x, ofOthers, false))
	}
	return Figure{
		Name: "claim-12-ages", Alt: "cosine of stored keys with the keys that their own images, and other images, get now, against the age of the key, by m", Charts: []Chart{own, others},
		Caption: "Keys of the queue in the middle of a training. Left: mean cosine of a stored key with the key that the same image gets now; the image undistorted, so that even the youngest are not at 1. " +
			"Right: with those that other images get. Bands: the least and the greatest over the seeds.",
	}
}
