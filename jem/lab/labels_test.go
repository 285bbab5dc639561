package lab

import (
	"slices"
	"strings"
	"testing"

	"jemlab/data"
)

// The training images of a curve are balanced and hold the greatest number asked for that every class has.
func TestLabelled(t *testing.T) {
	l := fourClasses()
	l.Data.Train.Labels = []int32{0, 1, 2, 3, 3, 2, 1, 0, 0}
	g, perClass, err := l.labelled([]int{3, 2, 1, 0})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(perClass, []int{1, 2}) {
		t.Errorf("of 3, 2, 1 and 0 labels a class remain %v, want 1 and 2", perClass)
	}
	count := map[int32]int{}
	for _, c := range g.Data.Train.Labels {
		count[c]++
	}
	if g.Data.Train.Len() != 8 || count[0] != 2 || count[3] != 2 || l.Data.Train.Len() != 9 {
		t.Errorf("training images by class: %v, of a lab that has %d", count, l.Data.Train.Len())
	}
	if _, _, err := l.labelled([]int{3}); err == nil || !strings.Contains(err.Error(), "from 1 to 2") {
		t.Errorf("3 labels a class: %v, want an error that says how many there are", err)
	}
}

// A glance leaves out what has no label and what is too much, and leaves the lab as it was.
func TestGlance(t *testing.T) {
	l := fourClasses()
	l.Data.Test = data.Images{Pixels: make([]uint8, glancedTest+1), Labels: make([]int32, glancedTest+1)}
	g := l.glance()
	if g.Data.Train.Len() != 8 || g.Data.Test.Len() != glancedTest || l.Data.Train.Len() != 9 || l.Data.Test.Len() != glancedTest+1 {
		t.Errorf("a glance at %d and %d images takes %d and %d", l.Data.Train.Len(), l.Data.Test.Len(), g.Data.Train.Len(), g.Data.Test.Len())
	}
}

// Both charts have one scale, which holds every draw; a point is the mean of its draws, and a finetuned random start is named for what it is.
func TestLabelCurves(t *testing.T) {
	c := newLabelCurves("mine")
	c.add(0, "elsewhere/mine", 10, 50, 60)
	c.add(0, "elsewhere/mine", 100, 70)
	c.add(0, RandomStart, 10, 40)
	c.add(1, RandomStart, 10, 30)
	run, control, scratch := c.charts[0].Series[0], c.charts[0].Series[1], c.charts[1].Series[0]
	if run.Name != "mine" || run.Control || !slices.Equal(run.Y, []float64{55, 70}) || run.Low[0] != 50 || run.High[0] != 60 || !slices.Equal(run.X, []float64{10, 100}) {
		t.Errorf("the run's curve is %+v", run)
	}
	if !control.Control || control.Name != RandomStart || !scratch.Control || scratch.Name != "from scratch" {
		t.Errorf("the controls' curves are %+v and %+v", control, scratch)
	}
	if f := c.figure(); f.Err() != nil || len(newLabelCurves("mine").figure().Alt) == 0 {
		t.Error(f.Err())
	}
}
