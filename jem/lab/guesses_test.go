package lab

import (
	"math"
	"slices"
	"testing"

	"jemlab/figures"
	"jemlab/jem/nn"
	"jemlab/jem/pretext"
	"jemlab/jem/pretrain"
)

// A guess is right if it looks like the truth; other rows have no frames.
func TestFrameGuesses(t *testing.T) {
	row := func(pixels ...uint8) (r []figures.Picture) {
		for _, v := range pixels {
			r = append(r, figures.Picture{Height: 1, Width: 1, Channels: 1, Pixels: []uint8{v}})
		}
		return r
	}
	grid := [][]figures.Picture{row(1, 2, 3), row(4, 9, 6), row(4, 5, 6)}
	frameGuesses([]string{"shuffled", "predicted", "true"}, grid)
	for i, want := range []any{figures.ColorPositive, figures.ColorNegative, figures.ColorPositive} {
		if grid[1][i].Frame != want || grid[0][i].Frame != nil || grid[2][i].Frame != nil {
			t.Errorf("picture %d is framed %v, want %v and its neighbours not", i, grid[1][i].Frame, want)
		}
	}
	grid = [][]figures.Picture{row(1), row(1)}
	frameGuesses([]string{"output", "clean"}, grid)
	if grid[0][0].Frame != nil {
		t.Error("an autoencoder's output is framed")
	}
}

// A run of a pretext task can be shown in pictures, and watched with the levels that its panel had.
func TestRunOfAPretextTask(t *testing.T) {
	l := smallLab(t)
	task := pretext.NewJigsaw().For(l.Data.Input).(*pretext.Jigsaw)
	task.Backbone, task.Hidden = nn.Backbone{Kind: "resnet-basic", Stem: "half", Widths: []int{4}, Blocks: []int{1}, Grid: 1}, nil
	l.trainSmall(t, "jigsaw", task)
	c, err := l.configOf("jigsaw")
	if err != nil {
		t.Fatal(err)
	}
	if p := panelOf(c, nil); p.title != "jigsaw" || len(p.levels) != 1 || len(p.guess) != 1 {
		t.Errorf("the panel %q has the levels %v and %v", p.title, p.levels, p.guess)
	}
	r, err := l.load("jigsaw")
	if err != nil {
		t.Fatal(err)
	}
	rows, err := l.pictures("jigsaw", r.task, r.store, r.input, l.Data.Test.Pixels)
	if err != nil || len(rows) != 3 || rows[0].Name != "shuffled" || rows[2].Name != "true" || rows[1].N != l.Data.Test.Len() {
		t.Errorf("pictures %v, %v", rows, err)
	}
}

// The panel of a pretext task marks what a head that has learnt nothing reaches.
func TestLevelsOfPretextTasks(t *testing.T) {
	p := panelOf(pretrain.Default(pretext.NewRotation(), "shapes"), nil)
	if len(p.levels) != 1 || len(p.guess) != 1 || math.Abs(p.levels[0].Value-math.Log(4)) > 1e-12 || p.guess[0].Value != 25 {
		t.Errorf("levels %v and %v, want log 4 and 25 %%", p.levels, p.guess)
	}
	if p := panelOf(pretrain.Default(pretext.PlainAutoencoder(), "shapes"), nil); p.levels != nil || p.guess != nil {
		t.Errorf("an autoencoder has the levels %v and %v", p.levels, p.guess)
	}
}

// Of 012, 120 and 021 the first two differ everywhere, the last from each at two places.
func TestPermutationDistances(t *testing.T) {
	least, mean := permutationDistances([][]int{{0, 1, 2}, {1, 2, 0}, {0, 2, 1}})
	if !slices.Equal(least.X, []float64{2, 3}) || !slices.Equal(least.Y, []float64{3, 2}) || !slices.Equal(mean.Y, []float64{3, 7. / 3}) {
		t.Errorf("least %v, mean %v", least, mean)
	}
	if got := byRows([]int{3, 1, 0, 2}, 2); got != "3 1 | 0 2" {
		t.Errorf("byRows = %q", got)
	}
}
