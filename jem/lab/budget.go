package lab

import (
	"jemlab/jem/pretrain"
	"jemlab/jem/probe"
	"jemlab/jem/run"
)

// What the budgets change, and nothing else: images, steps and minutes.
const (
	ciImages    = 2000
	ciEvaluated = 500
	ciSteps     = 30
	ciBatch     = 64
)

// scale sets the length of a run by the budget: 30 steps at ci, a minute at lab, ten at full.
func scale(c *pretrain.Config, b run.Budget) {
	switch b {
	case run.CI:
		c.Train, c.Batch, c.Steps, c.Minutes, c.Evaluate = ciImages, ciBatch, ciSteps, 0, 2
	case run.Lab:
		c.Steps, c.Minutes = 0, 1
	case run.Full:
		c.Steps, c.Minutes = 0, 10
	}
}

// downstreamSeconds returns the most seconds that stage two trains for a figure in a cell; 0: no limit.
func downstreamSeconds(b run.Budget) float64 {
	switch b {
	case run.CI:
		return 1
	case run.Lab:
		return 15
	}
	return 0
}

// linearSteps returns the fewest steps that a linear classifier trains for a figure in a cell.
func linearSteps(b run.Budget) int {
	if b == run.CI {
		return 50
	}
	return probe.NewLinear().Steps
}
