package optim

import (
	"fmt"
	"math"

	. "github.com/gomlx/gomlx/core/graph"

	"github.com/gomlx/compute/dtypes"
)

// Schedule is a number that changes with the step: it rises in a line from Start to Rate during the warm-up, and then
// follows half a cosine from Rate to Final, where it stays. With steps s from 0, W = Warmup and T = Total:
//
//	s < W:  Start + (Rate - Start)·s/W          (WarmupInclusive: s/(W - 1))
//	s ≥ W:  Final + (Rate - Final)·(1 + cos(π·t))/2,  t = min((s - W)/(T - W), 1)
//
// The codes differ in the warm-up: Start 0 in VICReg's, Barlow Twins' and BYOL's, which reach Rate at s = W; a small Start
// and WarmupInclusive in SwAV's, DINO's and solo-learn's, which have Rate at W - 1 and at W; lightly's (s + 1)/W is Start =
// Rate/W and WarmupInclusive. Without warm-up it is MoCo's, and with Rate 0.996 and Final 1 BYOL's momentum. Final = Rate
// keeps it constant.
type Schedule struct {
	Rate            float64 `json:"rate"`             // the value after the warm-up
	Start           float64 `json:"start"`            // the value at step 0, if there is a warm-up
	Final           float64 `json:"final"`            // the value from step Total on
	Warmup          int     `json:"warmup"`           // steps of the warm-up; 0 is none
	WarmupInclusive bool    `json:"warmup_inclusive"` // the last step of the warm-up already has Rate
	Total           int     `json:"total"`            // steps altogether
}

// At returns the value at a step, from 0; past Total it is Final.
func (s Schedule) At(step int) float64 {
	if step < s.Warmup {
		return s.Start + (s.Rate-s.Start)*float64(step)/s.warmupSpan()
	}
	t := min(float64(step-s.Warmup)/s.cosineSpan(), 1)
	return s.Final + (s.Rate-s.Final)*(1+math.Cos(math.Pi*t))/2
}

// Node returns At of a scalar step of any number type, as a float32 scalar (exact steps up to 2²⁴).
func (s Schedule) Node(step *Node) *Node {
	return ScheduleNode(Const(step.Graph(), s.Input()), step)
}

// ScheduleInputs is how many numbers Schedule.Input returns.
const ScheduleInputs = 6

// Input returns the schedule as ScheduleNode takes it: float32 [ScheduleInputs].
func (s Schedule) Input() []float32 {
	return []float32{
		float32(s.Warmup), float32(s.Start), float32((s.Rate - s.Start) / s.warmupSpan()),
		float32(1 / s.cosineSpan()), float32((s.Rate - s.Final) / 2), float32(s.Final),
	}
}

// ScheduleNode returns Schedule.Node of a scalar step for the schedule whose Input is schedule, float32 [ScheduleInputs]. A
// program that takes it as an input is the same for schedules of every length and rate. It panics if the shape is another.
func ScheduleNode(schedule, step *Node) *Node {
	schedule.AssertDims(ScheduleInputs)
	at := func(i int) *Node { return Reshape(Slice(schedule, AxisRange(i, i+1))) }
	warmup, start, rise, pace, half, final := at(0), at(1), at(2), at(3), at(4), at(5)
	n := ConvertDType(step, dtypes.Float32)
	t := ClipScalar(Mul(Sub(n, warmup), pace), 0, 1)
	falling := Add(Mul(OnePlus(Cos(MulScalar(t, math.Pi))), half), final)
	return Where(LessThan(n, warmup), Add(Mul(n, rise), start), falling)
}

// warmupSpan is the number of steps from Start to Rate, 1 if there is no warm-up.
func (s Schedule) warmupSpan() float64 {
	if s.WarmupInclusive {
		return float64(max(s.Warmup-1, 1))
	}
	return float64(max(s.Warmup, 1))
}

// cosineSpan is the number of steps from Rate to Final.
func (s Schedule) cosineSpan() float64 { return float64(max(s.Total-s.Warmup, 1)) }

// Validate returns an error that names the field, its value and the valid range if s is not a schedule.
func (s Schedule) Validate() error {
	if err := aboveZero("rate", s.Rate); err != nil {
		return err
	}
	if err := atLeastZero("start", s.Start); err != nil {
		return err
	}
	if err := atLeastZero("final", s.Final); err != nil {
		return err
	}
	if s.Total < 1 {
		return fmt.Errorf("total = %d; want at least 1 step", s.Total)
	}
	if s.Warmup < 0 || s.Warmup > s.Total {
		return fmt.Errorf("warmup = %d; want 0 to %d, the total", s.Warmup, s.Total)
	}
	return nil
}
