package claim

import (
	"context"
	"fmt"
	"slices"

	"jemlab/jem"
	"jemlab/jem/probe"
)

// bankWithoutBatch is claim 11. Steps of MoCo are timed, and their memory is measured, with a bank and with a batch that is large instead;
// and MoCo is trained with banks from one batch to 32.
func bankWithoutBatch() Claim {
	return Claim{
		Number: 11, Section: "memory bank", version: 1,
		Sentence: "A bank of 32 batches of 256 gives 8192 negatives without a batch of that size.",
		Expect: "To a step with a small batch a bank adds less than a tenth of the time and of the memory that a batch of as many images adds. " +
			"What more negatives are worth to k-NN is measured beside it.",
		experiment: compareBanks,
	}
}

// banks are what claim 11 measures with one seed.
type banks struct {
	Costs    []stepCost // in the order of costs
	KNN      Values     // percent of the test images, in the order of bankSizes
	Controls Values     // the same, in the order of knnControls
}

// bankSizes are the banks that MoCo is trained with, in batches.
func bankSizes(s Setup) []int {
	return at(s.Budget, []int{1, bankBatches}, []int{1, 8, bankBatches}, []int{1, 8, bankBatches})
}

// compareBanks runs the experiment.
func compareBanks(ctx context.Context, s Setup) (Finding, error) {
	var all []banks
	for _, seed := range s.Seeds {
		b, err := measureBanks(ctx, s, seed)
		if err != nil {
			return Finding{}, err
		}
		all = append(all, b)
	}
	return judgeBanks(s, all), nil
}

func measureBanks(ctx context.Context, s Setup, seed int64) (b banks, err error) {
	for _, c := range costs(s) {
		name := fmt.Sprintf("step-%d-images-%d-keys-seed%d", c.batch, c.method.MemoryBank.Size, seed)
		cost, err := kept(s, name, func() (stepCost, error) { return s.measureStep(ctx, c, seed) })
		if err != nil {
			return b, err
		}
		b.Costs = append(b.Costs, cost)
	}
	for _, batches := range bankSizes(s) {
		m := queued(s, batches)
		accuracy, err := kept(s, fmt.Sprintf("knn-%d-keys-seed%d", m.MemoryBank.Size, seed), func() (float64, error) {
			t, err := s.pretrainQueued(ctx, m, seed)
			if err != nil {
				return 0, err
			}
			return s.knn(probe.Extract(string(t.Dir), t.Encoder, s.briefImages(seed)))
		})
		if err != nil {
			return b, err
		}
		b.KNN = append(b.KNN, accuracy)
	}
	b.Controls, err = s.briefControls(ctx, seed)
	return b, err
}

// pretrainQueued is Pretrain of MoCo with a queue, briefly: the networks that claims 11 and 17 share.
func (s Setup) pretrainQueued(ctx context.Context, m jem.Method, seed int64) (*Trained, error) {
	name, c := s.briefly(fmt.Sprintf("moco-%d-keys-%d-wide", m.MemoryBank.Size, m.EmbeddingWidth()), m, 1, seed)
	return s.Pretrain(ctx, name, c)
}

// mostOfBatch is how much of what a large batch adds to a step a bank may add, in percent.
const mostOfBatch = 10

// judgeBanks judges the measurements, one a seed.
func judgeBanks(s Setup, all []banks) Finding {
	var f Finding
	names := costs(s)
	var seconds, megabytes, knn []Measurement
	for i, c := range names {
		seconds = append(seconds, perSeed("time of a step, "+c.String(), "s", all, func(b banks) float64 { return b.Costs[i].Seconds }))
		megabytes = append(megabytes, perSeed("memory of a step, "+c.String(), "MB", all, func(b banks) float64 { return b.Costs[i].Megabytes }))
		seconds[i].Control, megabytes[i].Control = i == smallBatch, i == smallBatch
	}
	added := func(what string, of []Measurement) Measurement {
		m := Measurement{Name: fmt.Sprintf("%s that a %s adds, of that of a %s", what, names[smallWithBank].bank(), names[largeBatch]), Unit: "%"}
		for k, small := range of[smallBatch].Values {
			m.Values = append(m.Values, 100*(of[smallWithBank].Values[k]-small)/(of[largeBatch].Values[k]-small))
		}
		return m
	}
	for i, batches := range bankSizes(s) {
		name := fmt.Sprintf("k-NN of the test images, bank of %d", queued(s, batches).MemoryBank.Size)
		knn = append(knn, perSeed(name, "%", all, func(b banks) float64 { return b.KNN[i] }))
	}
	for i, name := range knnControls {
		m := perSeed("k-NN of the test images, "+name, "%", all, func(b banks) float64 { return b.Controls[i] })
		m.Control = true
		knn = append(knn, m)
	}
	time, memory := added("time", seconds), added("memory", megabytes)
	f.Judgement = Every(Below(time, mostOfBatch), Below(memory, mostOfBatch))
	f.Measurements = slices.Concat([]Measurement{time, memory}, seconds, megabytes, knn)
	f.Figures = []Figure{costFigure(names, seconds, megabytes), bankKNNFigure(s, all)}
	return f
}

func (c costed) bank() string { return fmt.Sprintf("bank of %d", c.method.MemoryBank.Size) }

// costFigure shows time and memory of a step.
func costFigure(names []costed, seconds, megabytes []Measurement) Figure {
	bars := func(title string, of []Measurement) Bars {
		b := Bars{Title: title}
		for i, m := range of {
			m.Name = names[i].String()
			b.Bars = append(b.Bars, m)
		}
		return b
	}
	return Figure{
		Name: "claim-11-cost", Alt: "time and memory of a training step with a large batch, and with a memory bank instead",
		Bars:    []Bars{bars("time of a step, s", seconds), bars("memory of a step, MB", megabytes)},
		Caption: "A step of MoCo. Without a bank an image is told from the others of its batch. Memory: what the process reads or writes while it steps. Mean and standard error over the seeds.",
	}
}

// bankKNNFigure shows the k-NN accuracy against the size of the bank.
func bankKNNFigure(s Setup, all []banks) Figure {
	chart := Chart{Title: "k-NN accuracy, %", XLabel: "keys in the bank", LogX: true}
	var keys Values
	for _, batches := range bankSizes(s) {
		keys = append(keys, float64(queued(s, batches).MemoryBank.Size))
	}
	var knn []Values
	for _, b := range all {
		knn = append(knn, b.KNN)
	}
	chart.Curves = append(chart.Curves, curve("moco", keys, knn, false))
	for i, name := range knnControls {
		var level []Values
		for _, b := range all {
			level = append(level, slices.Repeat(Values{b.Controls[i]}, len(keys)))
		}
		chart.Curves = append(chart.Curves, curve(name, keys, level, true))
	}
	return Figure{
		Name: "claim-11-knn", Alt: "k-NN accuracy of h against the number of keys in the memory bank, beside the controls", Charts: []Chart{chart},
		Caption: "Test images that k-NN classifies right by h, after a training with so many negatives, and by the controls: pixels, the random backbone, the backbone trained with labels. Bands: the least and the greatest over the seeds.",
	}
}
