package bench

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"

	"github.com/gomlx/compute"
)

// BankStep is a training step with so many negatives, in a process of its own for its peak of memory.
type BankStep struct {
	Name    string  `json:"name"`
	Batch   int     `json:"batch"`   // images a step
	Keys    int     `json:"keys"`    // of the memory bank; 0: none
	Seconds float64 `json:"seconds"` // of the fastest step
	Peak    int64   `json:"peak_bytes"`
}

// BankResult is what `jem bench bank --json` prints.
type BankResult struct {
	Turns []Timing   `json:"turns"` // MoCo without a bank, with 8192 keys and with 65536, in turns in one process
	Alone []BankStep `json:"alone"` // a batch of 8192 beside a bank of 8192 keys, a process each
}

// bankSizes are the numbers of keys whose cost is measured.
var bankSizes = []int{0, 8192, 65536}

// bankBatch is the batch beside the bank; bankRival the batch that has as many negatives as the lecture's bank.
const (
	bankBatch = 256
	bankRival = 8192
)

// Bank times a step of MoCo at batch 256 with no bank, 8192 and 65536 keys, in turns; and in processes of their own, run by the
// program at path, which is `jem`, a SimCLR step of 8192 images beside a MoCo step of 256 with 8192 keys: the lecture's
// "32 batches of 256". progress is told what comes. It returns the first error.
func Bank(be compute.Backend, path string, o Options, progress func(string)) (BankResult, error) {
	var r BankResult
	var all []Contestant
	for _, k := range bankSizes {
		n, err := NetworkNamed(bankPrefix + strconv.Itoa(k))
		if err != nil {
			return r, err
		}
		s, err := NewStepper(be, n, bankBatch)
		if err != nil {
			return r, err
		}
		defer s.Close()
		all = append(all, ours{n.Name, s.Step})
	}
	progress("steps in turns")
	var err error
	if r.Turns, err = Contest(o.Rounds, o.Repeats, all...); err != nil {
		return r, err
	}
	for _, step := range []BankStep{{Name: bankPrefix + "8192", Batch: bankBatch, Keys: 8192}, {Name: bankPrefix + "65536", Batch: bankBatch, Keys: 65536},
		{Name: bankPrefix + "0", Batch: bankBatch}, {Name: Small, Batch: bankRival}} {
		progress(fmt.Sprintf("%s with a batch of %d alone", step.Name, step.Batch))
		if err := step.measure(path); err != nil {
			return r, err
		}
		r.Alone = append(r.Alone, step)
	}
	return r, nil
}

// measure runs the step in a process of its own.
func (s *BankStep) measure(path string) error {
	command := exec.Command(path, "bench", "step", "--json", "--net", s.Name, "--batch", strconv.Itoa(s.Batch), "--rounds", "1", "--repeats", "2")
	command.Stderr = os.Stderr
	out, err := command.Output()
	if err != nil {
		return fmt.Errorf("jem bench step --net %s: %w", s.Name, err)
	}
	var said StepResult
	if err := json.Unmarshal(out, &said); err != nil {
		return fmt.Errorf("jem bench step --net %s printed %.200q: %w", s.Name, out, err)
	}
	s.Seconds, s.Peak = said.Seconds, said.PeakBytes
	return nil
}

// String returns the result as text.
func (r BankResult) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "MoCo, batch %d, in turns:\n", bankBatch)
	for i, t := range r.Turns {
		fmt.Fprintf(&b, "  %6d keys  %.4f s a step (median %.4f)", bankSizes[i], t.Seconds, t.Median)
		if i > 0 {
			fmt.Fprintf(&b, ", %+.1f %% (by the medians %+.1f %%)", 100*(t.Ratio-1), 100*(t.ByMedian-1))
		}
		b.WriteString("\n")
	}
	b.WriteString("alone:\n")
	for _, s := range r.Alone {
		fmt.Fprintf(&b, "  %-11s batch %-5d %6d keys  %8.4f s a step, at most %d MB\n", s.Name, s.Batch, s.Keys, s.Seconds, s.Peak>>20)
	}
	return b.String()
}
