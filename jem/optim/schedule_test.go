package optim

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"jemlab/tests/testbackend"
)

var schedules = []Schedule{
	{Rate: 0.3, Total: 10},
	{Rate: 0.3, Final: 0.3, Total: 10},
	{Rate: 0.6, Warmup: 4, Total: 12},
	{Rate: 0.6, Start: 0.01, Final: 0.001, Warmup: 4, WarmupInclusive: true, Total: 12},
	{Rate: 0.6, Start: 0.15, Warmup: 4, WarmupInclusive: true, Total: 12},
	{Rate: 0.6, Start: 0.2, Final: 0.1, Warmup: 1, WarmupInclusive: true, Total: 1},
	{Rate: 0.996, Final: 1, Total: 7},
	{Rate: 0.5, Warmup: 6, Total: 6},
}

// TestScheduleKnown: values known by thought.
func TestScheduleKnown(t *testing.T) {
	vicreg := Schedule{Rate: 0.6, Final: 0.2, Warmup: 4, Total: 12}
	swav := Schedule{Rate: 0.6, Start: 0.3, Warmup: 4, WarmupInclusive: true, Total: 12}
	lightly := Schedule{Rate: 0.6, Start: 0.6 / 4, Warmup: 4, WarmupInclusive: true, Total: 12}
	for _, tc := range []struct {
		s    Schedule
		step int
		want float64
	}{
		{vicreg, 0, 0}, {vicreg, 1, 0.15}, {vicreg, 4, 0.6}, {vicreg, 8, 0.4}, {vicreg, 12, 0.2}, {vicreg, 13, 0.2}, {vicreg, 99, 0.2},
		{swav, 0, 0.3}, {swav, 1, 0.4}, {swav, 3, 0.6}, {swav, 4, 0.6}, {swav, 8, 0.3}, {swav, 12, 0},
		{lightly, 0, 0.15}, {lightly, 1, 0.3}, {lightly, 3, 0.6},
		{schedules[0], 0, 0.3}, {schedules[0], 5, 0.15}, {schedules[0], 25, 0}, {schedules[1], 7, 0.3}, {schedules[5], 0, 0.2}, {schedules[7], 7, 0},
	} {
		if got := tc.s.At(tc.step); math.Abs(got-tc.want) > 1e-12 {
			t.Errorf("%+v.At(%d) = %v, want %v", tc.s, tc.step, got, tc.want)
		}
	}
}

// TestScheduleNode: the graph and the host agree at every step, also past the end, for int32 and float32 steps.
func TestScheduleNode(t *testing.T) {
	for _, s := range schedules {
		for _, dtype := range []dtypes.DType{dtypes.Int32, dtypes.Float32} {
			e, err := NewExec(testbackend.Go(t), func(step *Node) *Node { return s.Node(ConvertDType(step, dtype)) })
			if err != nil {
				t.Fatal(err)
			}
			for step := range s.Total + 4 {
				out, err := e.Call1(int32(step))
				if err != nil {
					t.Fatal(err)
				}
				if got, want := float64(tensors.ToScalar[float32](out)), s.At(step); math.Abs(got-want) > 2e-7*max(s.Rate, 1) {
					t.Errorf("%+v.Node(%d) = %v, At = %v", s, step, got, want)
				}
			}
			e.Finalize()
		}
	}
}

// constantNode is the formula with every number a constant of the program, which the learning rates of earlier runs came from.
func constantNode(s Schedule, step *Node) *Node {
	n := ConvertDType(step, dtypes.Float32)
	t := ClipScalar(DivScalar(AddScalar(n, -float64(s.Warmup)), s.cosineSpan()), 0, 1)
	value := AddScalar(MulScalar(OnePlus(Cos(MulScalar(t, math.Pi))), (s.Rate-s.Final)/2), s.Final)
	if s.Warmup == 0 {
		return value
	}
	rising := AddScalar(MulScalar(n, (s.Rate-s.Start)/s.warmupSpan()), s.Start)
	return Where(LessThan(n, Const(n.Graph(), float32(s.Warmup))), rising, value)
}

// TestScheduleBits: a schedule that is an input of the program, one that is a constant of it, and the formula of constants
// give the same bits at every step, past the end too.
func TestScheduleBits(t *testing.T) {
	long := []Schedule{
		{Rate: 2e-3, Start: 2e-3 / 15, Warmup: 14, Total: 147}, {Rate: 2e-3, Start: 2e-3 / 101, Warmup: 100, Total: 1003},
		{Rate: 0.05, Start: 1e-4, Final: 3e-5, Warmup: 37, WarmupInclusive: true, Total: 777}, {Rate: 0.03, Total: 1 << 30},
	}
	for name, be := range map[string]compute.Backend{"go": testbackend.Go(t), "xla": testbackend.XLA(t)} {
		input, err := NewExec(be, ScheduleNode)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range slices.Concat(schedules, long) {
			n := min(s.Total+4, 1010)
			constant, err := NewExec(be, func(step *Node) []*Node { return []*Node{s.Node(step), constantNode(s, step)} })
			if err != nil {
				t.Fatal(err)
			}
			for step := range n {
				got, err := input.Call1(s.Input(), int32(step))
				if err != nil {
					t.Fatal(err)
				}
				out, err := constant.Call(int32(step))
				if err != nil {
					t.Fatal(err)
				}
				a, b, c := tensors.ToScalar[float32](got), tensors.ToScalar[float32](out[0]), tensors.ToScalar[float32](out[1])
				if a != c || b != c {
					t.Errorf("%s, %+v, step %d: %x as an input, %x as a constant, want %x", name, s, step, a, b, c)
				}
			}
			constant.Finalize()
		}
		input.Finalize()
	}
}

func TestScheduleValidate(t *testing.T) {
	for want, s := range map[string]Schedule{
		"rate = 0; want a number above 0":       {Total: 1},
		"rate = NaN":                            {Rate: math.NaN(), Total: 1},
		"start = -1; want a number of at least": {Rate: 1, Start: -1, Total: 1},
		"final = -1; want a number of at least": {Rate: 1, Final: -1, Total: 1},
		"total = 0; want at least 1 step":       {Rate: 1},
		"warmup = 6; want 0 to 5, the total":    {Rate: 1, Warmup: 6, Total: 5},
		"warmup = -1; want 0 to 5":              {Rate: 1, Warmup: -1, Total: 5},
	} {
		if err := s.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: Validate() = %v, want %q", s, err, want)
		}
	}
	for _, s := range schedules {
		if err := s.Validate(); err != nil {
			t.Errorf("%+v: %v", s, err)
		}
	}
}

func ExampleSchedule_At() {
	s := Schedule{Rate: 0.5, Warmup: 2, Total: 6}
	for step := range 8 {
		fmt.Printf("%.3f ", s.At(step))
	}
	// Output: 0.000 0.250 0.500 0.427 0.250 0.073 0.000 0.000
}
