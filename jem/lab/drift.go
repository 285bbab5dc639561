package lab

import (
	"context"
	"fmt"
	"math"
	"os"
	"os/signal"
	"syscall"

	"github.com/gomlx/gomlx/core/tensors"
	"github.com/janpfeifer/gonb/gonbui"

	"jemlab/data"
	"jemlab/figures"
	"jemlab/jem"
	"jemlab/jem/pretrain"
	"jemlab/jem/run"
)

// driftSteps is how many steps ShowDrift trains each method.
func driftSteps(b run.Budget) int {
	return map[run.Budget]int{run.CI: 16, run.Lab: 60, run.Full: 300}[b]
}

// driftLooks is how often it looks at the keys meanwhile.
const driftLooks = 4

// ShowDrift trains methods with a memory bank, one after another, and shows while they train the mean cosine between the keys in the bank and the
// keys that their images get now, by the age of the key in steps. The learning rate goes up, and only half of its way down again: at the end of its way
// nothing would move. A curve has the name of its method. Nothing is written to the runs; an interrupt ends it with what it has. Its error says what
// to do.
func (l *Lab) ShowDrift(methods ...jem.Method) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	images, err := data.Resident(l.Backend, l.Data.Train, l.Data.Input)
	if err != nil {
		return err
	}
	defer images.FinalizeAll()
	d := &driftCurves{live: figures.NewLive(panelInterval)}
	for _, m := range methods {
		if err := l.drift(ctx, d, m, images); err != nil {
			return fmt.Errorf("%s: %w", m.Name, err)
		}
	}
	return d.close()
}

// drift trains a method and adds its curve.
func (l *Lab) drift(ctx context.Context, d *driftCurves, m jem.Method, images *tensors.Tensor) error {
	steps := driftSteps(l.Budget)
	c := l.Config(m)
	c.Steps, c.Minutes = 2*steps, 0
	d.say(m.Name + ": compiling the training step")
	t, err := pretrain.NewTrial(l.Backend, l.Data, c)
	if err != nil {
		return err
	}
	defer t.Close()
	d.series = append(d.series, figures.Series{Name: m.Name})
	for step := 1; step <= steps && ctx.Err() == nil; step++ {
		loss, err := t.Step()
		if err != nil {
			return err
		}
		if step%(steps/driftLooks) == 0 {
			keys, err := m.Drift(l.Backend, t.Store(), l.Data.Input, images)
			if err != nil {
				return err
			}
			d.set(keys, step)
		}
		if d.live.Due() {
			d.say(fmt.Sprintf("%s: step %d of %d, loss %.4f", m.Name, step, steps, loss))
		}
	}
	return nil
}

// driftCurves is a live figure of cosines against age.
type driftCurves struct {
	live   *figures.Live
	series []figures.Series
}

func (d *driftCurves) say(what string) { _ = d.live.Update(figures.Translate(what), d.figure()) }

// set gives the last curve its points: the ages that a key has.
func (d *driftCurves) set(keys []jem.Key, step int) {
	s := &d.series[len(d.series)-1]
	cosines, _ := jem.ByAge(keys, step)
	s.X, s.Y = nil, nil
	for age, v := range cosines {
		if !math.IsNaN(v) { // of an age that no key has
			s.X, s.Y = append(s.X, float64(age+1)), append(s.Y, v)
		}
	}
}

func (d *driftCurves) figure() *figures.Figure {
	chart := figures.LineChart{Axes: figures.Axes{Title: "cosine with the key of now", XLabel: "age of the key, steps"}, Series: d.series}
	return figures.LineCharts("drift", "mean cosine of stored keys with the keys that their images get now, against their age", chart)
}

// close prints the ends of the curves and shows the figure for good.
func (d *driftCurves) close() error {
	for _, s := range d.series {
		if last := len(s.X) - 1; last >= 0 {
			fmt.Fprintf(stdout(), "%-12s  %.3f at the age of %.0f, %.3f at the age of %.0f\n", s.Name, s.Y[0], s.X[0], s.Y[last], s.X[last])
		}
	}
	f := d.figure()
	if !gonbui.IsNotebook {
		return show(f)
	}
	if err := d.live.Close("", f); err != nil {
		return err
	}
	return f.Save(figures.Folder, f.Name)
}
