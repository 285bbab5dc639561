package lab

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/janpfeifer/gonb/gonbui"
	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"jemlab/jem"
	"jemlab/jem/pretrain"
	"jemlab/jem/run"
)

// view shows a run while it trains.
type view interface {
	message(string)
	event(run.Event)
	progress(pretrain.Progress)
	// pictures is pretrain.Options.OnPictures; nil where no picture can be seen, so that none is made.
	pictures() func(step int, rows []jem.Pictures)
	close(pretrain.Result, error)
}

// newView returns the view that fits where the program stands: a live panel in a notebook, a bar in a terminal, lines in a
// log. before are the events of an interrupted run that goes on.
func newView(c pretrain.Config, before []run.Event, out io.Writer) view {
	if gonbui.IsNotebook {
		return newPanel(c, before)
	}
	if f, ok := out.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		return &barView{lineView: lineView{out: out}}
	}
	return &lineView{out: spoken{out}}
}

// logInterval is the time between two lines of a log.
const logInterval = 10 * time.Second

// lineView prints a line for each measurement and, between them, one every logInterval.
type lineView struct {
	out  io.Writer
	last time.Time
}

func (v *lineView) message(s string) { fmt.Fprintln(v.out, s) }

func (v *lineView) event(e run.Event) {
	if knn, ok := e.Values["knn"]; ok {
		fmt.Fprintf(v.out, "step %d: loss %.4f, k-NN %.1f %%, std %.3f, effective rank %.1f\n",
			e.Step, e.Values["loss"], knn, e.Values["std"], e.Values["rank"])
		v.last = time.Now()
	}
}

func (v *lineView) progress(p pretrain.Progress) {
	if time.Since(v.last) < logInterval {
		return
	}
	v.last = time.Now()
	fmt.Fprintln(v.out, describe(p))
}

func (v *lineView) pictures() func(int, []jem.Pictures) { return nil }

func (v *lineView) close(pretrain.Result, error) {}

// describe says how far a run is.
func describe(p pretrain.Progress) string {
	return fmt.Sprintf("step %d of %d: loss %.4f, %.0f images/s, %s left", p.Step, p.Steps, p.Loss, p.ImagesPerSecond, p.Remaining.Round(time.Second))
}

// barView is a progress bar with the lines of the measurements above it.
type barView struct {
	lineView
	bar *progressbar.ProgressBar
}

func (v *barView) event(e run.Event) {
	if _, ok := e.Values["knn"]; ok && v.bar != nil {
		_ = v.bar.Clear()
	}
	v.lineView.event(e)
}

func (v *barView) progress(p pretrain.Progress) {
	if v.bar == nil {
		v.bar = progressbar.NewOptions(p.Steps, progressbar.OptionSetWriter(v.out), progressbar.OptionThrottle(200*time.Millisecond),
			progressbar.OptionSetPredictTime(false), progressbar.OptionSetWidth(30), progressbar.OptionShowCount())
	}
	v.bar.Describe(fmt.Sprintf("loss %.4f, %.0f images/s, %s left", p.Loss, p.ImagesPerSecond, p.Remaining.Round(time.Second)))
	_ = v.bar.Set(p.Step)
}

func (v *barView) close(pretrain.Result, error) {
	if v.bar != nil {
		fmt.Fprintln(v.out)
	}
}
