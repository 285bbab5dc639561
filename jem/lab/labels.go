package lab

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/janpfeifer/gonb/gonbui"
	"gonum.org/v1/gonum/stat"

	"jemlab/data"
	"jemlab/figures"
	"jemlab/jem/probe"
)

// ShowLabels shows accuracy on at most 5,000 test images against the number of labelled training images, perClass of each class: on the left a linear
// classifier on the frozen h of a run, on raw pixels and on the random backbone, on the right the run's backbone and the random one finetuned. Numbers that
// a class has not so many images for are left out. The figure grows as it measures.
func (l *Lab) ShowLabels(name string, perClass ...int) error {
	g, perClass, err := l.labelled(perClass)
	if err != nil {
		return err
	}
	backbone, err := g.backboneOf([]string{name})
	if err != nil {
		return err
	}
	c := newLabelCurves(filepath.Base(name))
	for _, representation := range []string{name, RandomStart, Pixels} {
		c.say("feature extraction: " + filepath.Base(representation))
		r, err := g.represent(representation, backbone)
		if err != nil {
			return err
		}
		for _, n := range perClass {
			draws := fewDraws
			if n > fewPerClass {
				draws = 1
			}
			values, err := linearly(g, r.features, n, draws)
			if err != nil {
				return err
			}
			c.add(0, representation, n*len(g.Data.Classes), values...)
		}
	}
	for _, start := range []string{name, RandomStart} {
		c.say("finetuning: " + filepath.Base(start))
		for _, n := range perClass {
			d := probe.NewDownstream(true)
			d.PerClass, d.Rates, d.Seconds = n, []float64{finetuningRate}, downstreamSeconds(l.Budget)
			r, err := g.downstream(d, start, backbone)
			if err != nil {
				return err
			}
			c.add(1, start, n*len(g.Data.Classes), r.Accuracy)
		}
	}
	return c.close()
}

// finetuningRate is the peak rate of a finetuning where no other is tried.
const finetuningRate = 1e-3

// labelled returns the lab with the most of perClass training images of each class, as far as there are, and what remains of perClass.
func (l *Lab) labelled(perClass []int) (*Lab, []int, error) {
	g := l.glance()
	train := l.Data.Train.Labelled()
	have := map[int32]int{}
	for _, c := range train.Labels {
		have[c]++
	}
	fewest := train.Len()
	for c := range g.Data.Classes {
		fewest = min(fewest, have[int32(c)])
	}
	perClass = slices.DeleteFunc(slices.Clone(perClass), func(n int) bool { return n < 1 || n > fewest })
	if len(perClass) == 0 {
		return nil, nil, fmt.Errorf("no numbers of labels: want numbers a class from 1 to %d", fewest)
	}
	slices.Sort(perClass)
	chosen, err := data.Balanced(train.Labels, perClass[len(perClass)-1], 1)
	if err != nil {
		return nil, nil, err
	}
	g.Data.Train = train.Subset(chosen)
	return g, perClass, nil
}

// labelCurves is a live figure of accuracy against labels: by feature extraction and by finetuning.
type labelCurves struct {
	live   *figures.Live
	run    string
	charts [2]figures.LineChart
	said   string
}

func newLabelCurves(run string) *labelCurves {
	c := &labelCurves{live: figures.NewLive(panelInterval), run: run}
	for i, title := range []string{"feature extraction, accuracy, %", "finetuning, accuracy, %"} {
		c.charts[i].Axes = figures.Axes{Title: title, XLabel: "labels", LogX: true}
	}
	return c
}

// say names what is measured next.
func (c *labelCurves) say(what string) {
	c.said = what
	_ = c.live.Update(figures.Translate(what), c.figure())
}

// add adds a point to a curve of chart i: the mean of accuracies, with their range if there are more than one.
func (c *labelCurves) add(i int, representation string, labels int, values ...float64) {
	name := filepath.Base(representation)
	if representation == RandomStart && i == 1 {
		name = "from scratch"
	}
	at := slices.IndexFunc(c.charts[i].Series, func(s figures.Series) bool { return s.Name == name })
	if at < 0 {
		at = len(c.charts[i].Series)
		c.charts[i].Series = append(c.charts[i].Series, figures.Series{Name: name, Control: name != c.run})
	}
	s := &c.charts[i].Series[at]
	s.X, s.Y = append(s.X, float64(labels)), append(s.Y, stat.Mean(values, nil))
	s.Low, s.High = append(s.Low, slices.Min(values)), append(s.High, slices.Max(values))
	_ = c.live.Update(c.said, c.figure())
}

// figure returns the charts with one scale.
func (c *labelCurves) figure() *figures.Figure {
	charts := slices.Clone(c.charts[:])
	low, high := 100.0, 0.0
	for _, chart := range charts {
		for _, s := range chart.Series {
			low, high = min(low, slices.Min(s.Low)), max(high, slices.Max(s.High))
		}
	}
	for i := range charts {
		charts[i].YMin, charts[i].YMax = low, high
	}
	return figures.LineCharts("labels", "accuracy on test images against the number of labels, by feature extraction and by finetuning", charts...)
}

// close prints the numbers and shows the figure for good.
func (c *labelCurves) close() error {
	var table strings.Builder
	for i, kind := range []string{"feature extraction", "finetuning"} {
		for at, s := range c.charts[i].Series {
			if i == 0 && at == 0 {
				writeRow(&table, "accuracy, %", "labels:", "%8.0f", s.X)
			}
			writeRow(&table, kind, s.Name, "%8.1f", s.Y)
		}
	}
	fmt.Fprint(stdout(), table.String())
	f := c.figure()
	if !gonbui.IsNotebook {
		return show(f)
	}
	if err := c.live.Close("", f); err != nil {
		return err
	}
	return f.Save(figures.Folder, f.Name)
}

// writeRow writes two words and numbers in columns.
func writeRow(b *strings.Builder, kind, name, format string, values []float64) {
	fmt.Fprintf(b, "%-18s  %-20s", kind, name)
	for _, v := range values {
		fmt.Fprintf(b, format, v)
	}
	b.WriteString("\n")
}
