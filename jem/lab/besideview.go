package lab

import (
	"cmp"
	"fmt"
	"io"
	"sync"

	"github.com/janpfeifer/gonb/gonbui"

	"jemlab/figures"
	"jemlab/jem/pretrain"
	"jemlab/jem/run"
)

// besideView shows two runs while they train: live in a notebook, else in lines.
type besideView struct {
	mu      sync.Mutex // the runs call from goroutines of their own
	live    *figures.Live
	classes []string
	parts   [2]*besidePart // untouched, changed
}

// besidePart is one of the two runs.
type besidePart struct {
	whole *besideView
	title string
	dir   run.Dir
	panel *panel // its state; what is drawn, the whole draws
	lines lineView
	seen  *seen // at the newest measurement; nil before the first
	ended *pretrain.Result
}

// newBesideView shows what runs of those names hold already.
func (l *Lab) newBesideView(names [2]string, configs [2]pretrain.Config) (*besideView, error) {
	v := &besideView{live: figures.NewLive(panelInterval), classes: l.Data.Classes}
	for i, title := range []string{"untouched", "changed"} {
		p := &besidePart{whole: v, title: title, dir: l.Dir(names[i])}
		events, err := p.dir.Events()
		if err != nil {
			return nil, err
		}
		if p.seen, err = readSeen(p.dir); err != nil {
			return nil, err
		}
		p.panel, p.lines.out = panelOf(configs[i], events), io.Discard
		if !gonbui.IsNotebook {
			p.lines.out = prefixed{stdout(), title + ": "}
		}
		v.parts[i] = p
	}
	v.draw()
	return v, nil
}

// prefixed writes every line, which comes whole, behind a prefix.
type prefixed struct {
	w      io.Writer
	prefix string
}

func (p prefixed) Write(line []byte) (int, error) {
	_, err := fmt.Fprintf(p.w, "%s%s", p.prefix, line)
	return len(line), err
}

func (p *besidePart) message(s string) {
	p.change(func() {
		p.panel.messages = withoutRoot(s)
		p.lines.message(p.panel.messages)
	})
}

func (p *besidePart) event(e run.Event) {
	p.change(func() {
		p.panel.event(e)
		p.lines.event(e)
	})
}

func (p *besidePart) progress(now pretrain.Progress) {
	p.change(func() { p.panel.now, p.panel.messages = now, "" })
}

// measured keeps what a measurement saw; that it cannot must not end a training.
func (p *besidePart) measured(m pretrain.Seen) {
	s, err := newSeen(m)
	if err == nil {
		err = s.keep(p.dir)
	}
	p.change(func() {
		if err != nil {
			p.panel.messages = err.Error()
			return
		}
		p.seen = s
	})
}

// end shows how the run ended. One that diverged before its first measurement has seen nothing, which is kept too: ShowRemovals finds it by that.
func (p *besidePart) end(r pretrain.Result) (err error) {
	p.change(func() {
		p.ended = &r
		if p.seen == nil {
			p.seen = &seen{}
			err = p.seen.keep(p.dir)
		}
	})
	return err
}

// change changes the part and shows it, if that is due.
func (p *besidePart) change(f func()) {
	p.whole.mu.Lock()
	defer p.whole.mu.Unlock()
	f()
	if p.whole.live.Due() {
		p.whole.draw()
	}
}

// draw shows both; a figure that cannot be drawn must not end a training.
func (v *besideView) draw() {
	if err := v.live.Update(v.bars(), v.figures()...); err != nil {
		v.parts[1].panel.messages = err.Error()
	}
}

// close shows the last state.
func (v *besideView) close() error { return v.live.Close(v.bars(), v.figures()...) }

// bars returns how far the two are, and the doctor's verdicts.
func (v *besideView) bars() string {
	text := ""
	for _, p := range v.parts {
		bar := p.panel.bar()
		if r := p.ended; r != nil {
			bar = figures.ProgressBar(r.Step, max(r.Steps, 1), fmt.Sprintf("%s at step %d of %d", r.Status, r.Step, r.Steps)) +
				verdict(pretrain.Diagnose(p.panel.config, p.panel.events))
		}
		text += fmt.Sprintf(`<div style="margin:.5em 0"><b>%s</b>%s</div>`, figures.Translate(p.title), bar)
	}
	return text
}

// figures returns what is drawn under the bars: the panel of each run, k-NN and spectrum of both in one chart each, and their maps.
func (v *besideView) figures() []*figures.Figure {
	var all []*figures.Figure
	for _, p := range v.parts {
		f := p.panel.figure()
		f.Caption = p.title
		all = append(all, f)
	}
	return append(all, v.together(), figures.Maps("maps", "maps of h of the untouched and of the changed method: the first two principal components, coloured by class",
		v.classes, v.parts[0].seen.chart("h, untouched"), v.parts[1].seen.chart("h, changed")))
}

// together returns k-NN along both trainings, and the newest spectra.
func (v *besideView) together() *figures.Figure {
	knn := figures.LineChart{Axes: figures.Axes{Title: "k-NN accuracy, %", XLabel: "step"}}
	spectra := figures.LineChart{Axes: figures.Axes{Title: "singular value of z / largest", XLabel: "rank of the singular value", LogX: true, LogY: true}}
	for i, p := range v.parts {
		line := figures.Series{Name: p.title, X: []float64{}, Control: i == 0}
		for _, e := range p.panel.events {
			if value, ok := e.Values["knn"]; ok {
				line.X, line.Y = append(line.X, float64(e.Step)), append(line.Y, value)
			}
		}
		knn.Series = append(knn.Series, line)
		spectra.Series = append(spectra.Series, figures.Series{Name: p.title, Y: p.seen.spectrum(), Control: i == 0})
	}
	return figures.LineCharts("beside", "k-NN accuracy and spectrum of the untouched and of the changed method", knn, spectra)
}

// leastShown is the least singular value over the largest that is drawn.
const leastShown = 1e-6

// spectrum returns the singular values over the largest.
func (s *seen) spectrum() []float64 {
	if s == nil || len(s.Spectrum) == 0 {
		return nil
	}
	var out []float64
	for _, v := range s.Spectrum {
		out = append(out, max(v/cmp.Or(s.Spectrum[0], 1), leastShown))
	}
	return out
}
