package lab

import (
	"slices"
	"strings"
	"testing"

	"jemlab/data"
	"jemlab/figures"
	"jemlab/jem"
	"jemlab/jem/pretext"
)

// The lecture's tree has each method once, and a focus colours one kind.
func TestTaxonomy(t *testing.T) {
	var names, focused []string
	var walk func(figures.Topic)
	walk = func(topic figures.Topic) {
		if topic.Focus {
			focused = append(focused, topic.Name)
		}
		if len(topic.Below) == 0 && topic.Name != "supervised" {
			names = append(names, topic.Name)
		}
		for _, b := range topic.Below {
			walk(b)
		}
	}
	tree := taxonomy()
	if !setFocus(&tree, "pretext tasks") || setFocus(&figures.Topic{Name: "a"}, "b") {
		t.Error("setFocus does not say whether there is a topic of the name")
	}
	walk(tree)
	if want := TaskNames(); !slices.Equal(slices.Sorted(slices.Values(names)), slices.Sorted(slices.Values(want))) {
		t.Errorf("the tree has the methods %q, want %q", names, want)
	}
	if !slices.Equal(focused, []string{"pretext tasks"}) {
		t.Errorf("in focus: %q", focused)
	}
	if alt := figures.Taxonomy(tree).Alt; !strings.Contains(alt, "generative models (autoencoder, denoising-autoencoder); pretext tasks (jigsaw, rotation);") {
		t.Errorf("the tree reads %q", alt)
	}
	if err := ShowTaxonomy("pretext"); err == nil || !strings.Contains(err.Error(), `"pretext"`) {
		t.Errorf("a focus that is no kind: %v", err)
	}
}

// A task's diagram says what the task makes of an image.
func TestTaskDiagram(t *testing.T) {
	noisy := pretext.DenoisingAutoencoder()
	for _, tc := range []struct {
		task pretext.Task
		name string
		says string
	}{
		{noisy, "autoencoder", "Noise (25 % of the pixels are 0)"},
		{pretext.PlainAutoencoder(), "autoencoder", "Of an image x the encoder"},
		{pretext.NewJigsaw(), "jigsaw", "The 4 tiles of x"},
		{pretext.NewRotation(), "rotation", "a head (0°, 90°, 180°, 270°)"},
	} {
		f, err := taskDiagram(tc.task, figures.Picture{}, nil)
		if err != nil || f.Err() != nil || f.Name != tc.name || !strings.Contains(f.Alt, tc.says) {
			t.Errorf("%s: %v, a figure %q that says %q, want %q", tc.task.Kind(), err, f.Name, f.Alt, tc.says)
		}
	}
	for noise, want := range map[data.Noise]string{{Kind: "none"}: "", {Kind: "gaussian", Strength: 0.3}: "Gaussian, deviation 0.3", {Kind: "salt-and-pepper", Strength: 0.2}: "20 % of the pixels are 0 or 1"} {
		if got := noiseInWords(noise); got != want {
			t.Errorf("%v in words: %q, want %q", noise, got, want)
		}
	}
}

// A quarter turn moves the right column to the top.
func TestQuarterTurns(t *testing.T) {
	picture := func(pixels ...uint8) figures.Picture {
		return figures.Picture{Height: 2, Width: 2, Channels: 2, Pixels: pixels}
	}
	image := picture(1, 5, 2, 6, 3, 7, 4, 8)
	for want, turned := range []figures.Picture{image, picture(2, 6, 4, 8, 1, 5, 3, 7), picture(4, 8, 3, 7, 2, 6, 1, 5), picture(3, 7, 1, 5, 4, 8, 2, 6)} {
		if got := quarterTurns(image, turned); got != want {
			t.Errorf("%d quarter turns make %v, want %d", got, turned.Pixels, want)
		}
	}
	if image.Pixels[0] != 1 {
		t.Error("quarterTurns changed its picture")
	}
}

// Tiles are what stands within the frames, row by row.
func TestTiles(t *testing.T) {
	p := figures.Picture{Height: 6, Width: 6, Channels: 1, Pixels: slices.Repeat([]uint8{255}, 36)}
	for i, at := range []int{7, 10, 25, 28} { // pixels (1, 1), (1, 4), (4, 1) and (4, 4)
		p.Pixels[at] = uint8(i)
	}
	for i, tile := range tiles(p, 2) {
		if tile.Height != 1 || tile.Width != 1 || !slices.Equal(tile.Pixels, []uint8{uint8(i)}) {
			t.Errorf("tile %d is %v", i, tile)
		}
	}
	if got := tiles(figures.Picture{}, 3); len(got) != 9 || got[8].Pixels != nil {
		t.Errorf("tiles of no picture: %v", got)
	}
}

// A queue's diagram has the keys of the method, and a momentum backbone if the method has one.
func TestBankDiagram(t *testing.T) {
	m := jem.MoCo()
	for _, tc := range []struct{ second, momentum, name, says string }{
		{"momentum", "m = 0.99", "momentum-backbone", "4096 keys of 16 batches"},
		{"shared", "", "memory-bank", "pass the same backbone"},
	} {
		m.Second.Kind = tc.second
		b := bank(m, joint(m), 256)
		f := figures.MemoryBank(b)
		if b.Momentum != tc.momentum || b.A == "" || f.Err() != nil || f.Name != tc.name || !strings.Contains(f.Alt, tc.says) {
			t.Errorf("%s: %v, a figure %q that says %q, want %q; bank %+v", tc.second, f.Err(), f.Name, f.Alt, tc.says, b)
		}
	}
	for _, m := range []jem.Method{jem.SimCLR(), jem.PIRL()} {
		if err := new(Lab).ShowMemoryBank(m, 256); err == nil || !strings.Contains(err.Error(), "no queue") {
			t.Errorf("the memory bank of %s: %v", m.Name, err)
		}
	}
}

// The figures of a cell in notebooks/fr are French, and so is what the lab writes into them.
func TestFiguresFollowTheFolder(t *testing.T) {
	for folder, want := range map[string]string{"/a/notebooks/fr": figures.French, "/a/notebooks": figures.English, "/a/fr": figures.English, "/a/notebooks/fr/b": figures.English} {
		if got := languageOf(folder); got != want {
			t.Errorf("figures in %s are in %q, want %q", folder, got, want)
		}
	}
	t.Cleanup(func() { figures.Language = figures.English })
	figures.Language = figures.French
	for task, says := range map[pretext.Task]string{pretext.NewJigsaw(): "mélange 2×2 patchs", pretext.DenoisingAutoencoder(): "25 % des pixels sont à 0", pretext.NewRotation(): "Schéma d’une tâche de prétexte"} {
		f, err := taskDiagram(task, figures.Picture{}, nil)
		if err != nil || !strings.Contains(f.Alt, says) {
			t.Errorf("%s in French: %v, %q, want %q", task.Kind(), err, f.Alt, says)
		}
	}
	if alt := figures.Taxonomy(taxonomy()).Alt; !strings.Contains(alt, "modèles génératifs (autoencoder, denoising-autoencoder)") {
		t.Errorf("the tree in French reads %q", alt)
	}
}
