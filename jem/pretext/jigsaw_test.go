package pretext

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"jemlab/data"
	"jemlab/jem"
)

// quickJigsaw returns a jigsaw of a small backbone on images of 8 pixels.
func quickJigsaw(grid, tile, permutations int) *Jigsaw {
	return &Jigsaw{Backbone: twoStages(), Grid: grid, Tile: tile, Normalize: true, Permutations: permutations, TileWidth: 6, Hidden: []int{10}}
}

// objectiveOf returns the jigsaw's objective on grey images of 8 pixels.
func (j *Jigsaw) objectiveOf(t *testing.T, in data.Input) jigsaw {
	t.Helper()
	o, err := j.Objective(in)
	if err != nil {
		t.Fatal(err)
	}
	return o.(jigsaw)
}

// TestJigsawByName: the task can be fitted, set, written and read again.
func TestJigsawByName(t *testing.T) {
	task, err := ByName("jigsaw")
	if err != nil {
		t.Fatal(err)
	}
	for side, tile := range map[int]int{28: 12, 32: 14, 96: 42} {
		in := data.Input{Height: side, Width: side, Channels: 1, Mean: []float64{0}, Std: []float64{1}}
		fitted := task.For(in).(*Jigsaw)
		if fitted.Tile != tile {
			t.Errorf("%d pixels: tiles of %d, want %d", side, fitted.Tile, tile)
		}
		if _, err := fitted.Objective(in); err != nil {
			t.Error(err)
		}
	}
	if fitted := (&Jigsaw{Grid: 3, Augmentation: data.Gray28().X}).For(data.Input{Height: 32, Width: 32}).(*Jigsaw); fitted.Tile != 9 || fitted.Augmentation.Size != 32 {
		t.Errorf("3x3 on 32 pixels: %+v", fitted)
	}
	for _, change := range []string{"grid=3", "tile=8", "normalize=false", "permutations=100", "hidden=[64,32]"} {
		if err := jem.Set(task, change); err != nil {
			t.Error(err)
		}
	}
	raw, err := json.Marshal(task)
	if err != nil {
		t.Fatal(err)
	}
	read, ok, err := Read("jigsaw", raw)
	if !ok || err != nil || !reflect.DeepEqual(read, task) || read.(*Jigsaw).Permutations != 100 || read.Kind() != "jigsaw" {
		t.Errorf("%s is read as %+v, %v, %v", raw, read, ok, err)
	}
	if !reflect.DeepEqual(task.Encoder(), NewJigsaw().Backbone) {
		t.Errorf("the encoder is %v", task.Encoder())
	}
}

// TestJigsawRefuses: what has no meaning gets an error that names the field.
func TestJigsawRefuses(t *testing.T) {
	for want, change := range map[string]func(j *Jigsaw){
		"grid: 4 is out of range; valid: 2 or more, up to 3":      func(j *Jigsaw) { j.Grid = 4 },
		"tile: 0 is out of range":                                 func(j *Jigsaw) { j.Tile = 0 },
		"tile = 5; want 1 to 4, a cell of a 2x2 grid on 8 pixels": func(j *Jigsaw) { j.Tile = 5 },
		"permutations: 1 is out of range":                         func(j *Jigsaw) { j.Permutations = 1 },
		"permutations = 25; want 2 to 24, which is all of 4":      func(j *Jigsaw) { j.Permutations = 25 },
		"tile_width: 0 is out of range":                           func(j *Jigsaw) { j.TileWidth = 0 },
		"hidden.1: 0 is out of range":                             func(j *Jigsaw) { j.Hidden = []int{4, 0} },
		"backbone: grid = 0":                                      func(j *Jigsaw) { j.Backbone.Grid = 0 },
		"augmentation: size = 28, but the images":                 func(j *Jigsaw) { j.Augmentation = data.Gray28().X },
		"augmentation: jigsaw.grid = 2, but tiles are no images": func(j *Jigsaw) {
			j.Augmentation = data.Augmentation{Size: 8, Jigsaw: data.Jigsaw{Grid: 2, Tile: 3}}
		},
	} {
		j := quickJigsaw(2, 3, 6)
		change(j)
		if _, err := j.Objective(grey8()); err == nil || !strings.Contains(err.Error(), "jigsaw: "+want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
	if _, err := quickJigsaw(2, 3, 6).Objective(data.Input{Height: 8, Width: 6, Channels: 1}); err == nil || !strings.Contains(err.Error(), "8x6 pixels; want square") {
		t.Errorf("images that are not square: %v", err)
	}
}

// FuzzJigsawFromJSON: whatever a run.json holds is refused by an error, or gives an objective whose orders are as many as it says.
func FuzzJigsawFromJSON(f *testing.F) {
	raw, err := json.Marshal(quickJigsaw(2, 3, 6))
	if err != nil {
		f.Fatal(err)
	}
	for _, text := range []string{string(raw), `{}`, `null`, `{"grid": 2, "tile": -1}`, strings.Replace(string(raw), `"grid":2`, `"grid":-2`, 1)} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		task, _, err := Read("jigsaw", []byte(text))
		if err != nil || task.(*Jigsaw).Permutations > 100 {
			return
		}
		if o, err := task.Objective(grey8()); err == nil && len(o.(jigsaw).permutations) != task.(*Jigsaw).Permutations {
			t.Errorf("%s has %d orders", text, len(o.(jigsaw).permutations))
		}
	})
}
