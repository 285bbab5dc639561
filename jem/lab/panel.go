package lab

import (
	"cmp"
	"fmt"
	"html"
	"math"
	"strings"
	"time"

	"jemlab/figures"
	"jemlab/jem"
	"jemlab/jem/pretrain"
	"jemlab/jem/run"
)

// panelInterval is the time between two drawings of the live panel.
const panelInterval = 700 * time.Millisecond

// panel is the live view of a run in a notebook: a progress bar, what was said, and the figure of package figures.
type panel struct {
	live     *figures.Live
	config   pretrain.Config
	title    string
	levels   []figures.Level // of the loss
	guess    []figures.Level // of the accuracy
	events   []run.Event
	shown    *figures.Figure // what the objective does with some images; nil if it has no pictures
	now      pretrain.Progress
	messages string // the newest since the last step
}

// newPanel shows a panel with the events before: compiling the first step takes a while.
func newPanel(c pretrain.Config, before []run.Event) *panel {
	p := panelOf(c, before)
	p.draw()
	return p
}

// panelOf returns a panel that is not shown yet.
func panelOf(c pretrain.Config, before []run.Event) *panel {
	p := &panel{live: figures.NewLive(panelInterval), config: c, title: c.Kind, events: before}
	if m, ok := c.Task.(jem.Method); ok {
		p.title, p.levels = m.Name, signatureLevels(m, c.Batch)
	}
	if t, ok := c.Task.(pseudoLabelled); ok {
		p.levels = []figures.Level{{Name: "log P", Value: math.Log(float64(t.Classes()))}}
		p.guess = []figures.Level{{Name: "a guess", Value: 100 / float64(t.Classes())}}
	}
	return p
}

// pseudoLabelled is a pretext task: one that has learnt nothing has the loss log P of its P classes, and is right once in P.
type pseudoLabelled interface{ Classes() int }

// signatureLevels marks the value that a contrastive loss has when all views look alike to it.
func signatureLevels(m jem.Method, batch int) []figures.Level {
	if len(m.A) == 0 || m.A[0].Pairs != "simclr" || m.MemoryBank.Kind != "" {
		return nil
	}
	level := figures.Level{Name: "log(2N−1)", Value: math.Log(float64(2*batch - 1))}
	if jem.Signature(level.Value, m, batch) == "" { // other weights of the terms: another constant, or none
		return nil
	}
	return []figures.Level{level}
}

// figures returns what is drawn under the bar.
func (p *panel) figures() []*figures.Figure {
	all := []*figures.Figure{p.figure()}
	if p.shown != nil {
		all = append(all, p.shown)
	}
	return all
}

func (p *panel) figure() *figures.Figure {
	return figures.Training(p.title, p.events, p.levels, p.guess)
}

func (p *panel) message(s string) {
	p.messages = withoutRoot(s)
	p.draw()
}

func (p *panel) pictures() func(int, []jem.Pictures) {
	return func(step int, rows []jem.Pictures) {
		p.shown = picturesFigure(figures.Say("after step %d", step), rows)
	}
}

func (p *panel) event(e run.Event) { p.events = append(p.events, e) }

func (p *panel) progress(now pretrain.Progress) {
	p.now, p.messages = now, ""
	if p.live.Due() {
		p.draw()
	}
}

// draw shows the panel; a figure that cannot be drawn must not end a training.
func (p *panel) draw() {
	if err := p.live.Update(p.bar(), p.figures()...); err != nil {
		p.messages = err.Error()
	}
}

func (p *panel) bar() string {
	text := cmp.Or(p.messages, "compiling the training step")
	if p.now.Steps > 0 && p.messages == "" {
		text = describe(p.now)
	}
	return figures.ProgressBar(p.now.Step, max(p.now.Steps, 1), text) + verdict(pretrain.Diagnose(p.config, p.events))
}

// verdict returns the collapse doctor's verdict as HTML: in words, and a collapse in colour; "" without one.
func verdict(d *jem.Diagnosis) string {
	if d == nil {
		return ""
	}
	line, cause, _ := strings.Cut(d.String(), "\n")
	line, cause = figures.Translate(line), figures.Translate(cause)
	named := figures.Translate(d.Verdict)
	color := "var(--jp-success-color0,#1b5e20)"
	if d.Collapsed() {
		color = "var(--jp-error-color1,#b71c1c)"
	}
	text := fmt.Sprintf(`<div style="margin-top:.3em"><b style="color:%s">%s</b>%s</div>`, color, html.EscapeString(named),
		html.EscapeString(strings.TrimPrefix(line, named)))
	if cause != "" {
		text += "<div>" + html.EscapeString(cause) + "</div>"
	}
	return text
}

func (p *panel) close(r pretrain.Result, err error) {
	text := fmt.Sprintf("%s at step %d of %d", r.Status, r.Step, r.Steps)
	if err != nil {
		text = "stopped by an error"
	} else if p.messages != "" {
		text += ": " + p.messages
	}
	above := figures.ProgressBar(r.Step, max(r.Steps, 1), text) + verdict(pretrain.Diagnose(p.config, p.events))
	if err := p.live.Close(above, p.figures()...); err != nil {
		fmt.Println(err)
	}
}
