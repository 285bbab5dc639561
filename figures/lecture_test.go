package figures

import (
	"image/color"
	"math"
	"slices"
	"strings"
	"testing"
)

// boxesOf returns the closed outlines of a colour.
func boxesOf(all []element, c color.NRGBA) (boxes []element) {
	for _, e := range strokes(all, c) {
		if strings.HasSuffix(e.at["d"], "Z") {
			boxes = append(boxes, e)
		}
	}
	return boxes
}

// count returns how often a figure says a text.
func count(t *testing.T, f *Figure, text string) (n int) {
	for _, s := range texts(t, f) {
		if s == text {
			n++
		}
	}
	return n
}

// TestTaxonomyHangsTopicsUnderTheirs looks for every topic under its own, and for the colour of those in focus.
func TestTaxonomyHangsTopicsUnderTheirs(t *testing.T) {
	f := Taxonomy(sampleTopics())
	all := svgOf(t, f)
	place := func(text string) (x, y float64) {
		e := textNamed(t, all, text)
		return e.number("x") + e.number("textLength")/2, e.number("y")
	}
	for _, names := range [][]string{{"contrastive", "simclr", "align-uniform"}, {"clustering", "deepcluster", "swav"}, {"pretext tasks", "jigsaw", "rotation"}} {
		x, y := place(names[0])
		for _, name := range names[1:] {
			below, under := place(name)
			if math.Abs(below-x) > 0.1 || under <= y {
				t.Errorf("%s stands at %g, %g; %s, which is one of it, at %g, %g", names[0], x, y, name, below, under)
			}
			y = under
		}
	}
	left, _ := place("contrastive")
	right, _ := place("other methods")
	if x, _ := place("joint-embedding methods"); math.Abs(x-(left+right)/2) > 0.1 {
		t.Errorf("joint-embedding methods stand at %g, their kinds between %g and %g", x, left, right)
	}
	if focus, rest := len(boxesOf(all, ColorLoss)), len(boxesOf(all, ColorControl)); focus != 5 || rest != 5 {
		t.Errorf("%d topics are in focus and %d are not, want 5 and 5", focus, rest)
	}
	for _, want := range []string{"visual representation learning: supervised; self-supervised.", "pretext tasks (jigsaw, rotation); joint-embedding methods.",
		"other methods (byol, simsiam, dino)."} {
		if !strings.Contains(f.Alt, want) {
			t.Errorf("the alt text %q does not say %q", f.Alt, want)
		}
	}
}

// TestTopicsBesideNames makes boxes of topics without any below them where another of theirs has some.
func TestTopicsBesideNames(t *testing.T) {
	root := Topic{Name: "root", Below: []Topic{{Name: "alone"}, {Name: "b", Below: []Topic{{Name: "c"}}}}}
	if got := len(boxesOf(svgOf(t, Taxonomy(root)), ColorControl)); got != 3 {
		t.Errorf("%d boxes, want root, alone and b", got)
	}
	wide := Topic{Name: "wide", Below: []Topic{root, {Name: "d", Below: []Topic{{Name: "e"}}}}}
	all := svgOf(t, Taxonomy(wide))
	if b, d := textNamed(t, all, "c").number("x"), textNamed(t, all, "d").number("x"); d <= b {
		t.Errorf("d stands at %g, though the topic before it reaches to %g", d, b)
	}
	if got, want := Taxonomy(root).Alt, "root: alone; b (c)."; got != want {
		t.Errorf("alt %q, want %q", got, want)
	}
}

// TestTheStagesDifferByTheStopGradient finds one mark, in the upper of two rows that are alike but for it.
func TestTheStagesDifferByTheStopGradient(t *testing.T) {
	f := samples()["stages"]
	all := svgOf(t, f)
	mark := textNamed(t, all, wordStop)
	extraction, finetuning := textNamed(t, all, "feature extraction").number("y"), textNamed(t, all, "finetuning").number("y")
	if y := mark.number("y"); math.Abs(y-extraction) > math.Abs(y-finetuning) {
		t.Errorf("the stop-gradient stands at height %g, feature extraction at %g and finetuning at %g", y, extraction, finetuning)
	}
	middle := (mark.number("y") + finetuning) / 2
	var upper, lower []string
	for _, e := range named(all, "text") {
		switch y := e.number("y"); {
		case slices.Contains([]string{"h", "y", wordDsTH, wordLoss}, e.text) && e.number("x") > imagesX && y < middle:
			upper = append(upper, e.text)
		case slices.Contains([]string{"h", "y", wordDsTH, wordLoss}, e.text) && e.number("x") > imagesX:
			lower = append(lower, e.text)
		}
	}
	if len(upper) != 4 || !slices.Equal(upper, lower) {
		t.Errorf("feature extraction has %q, finetuning %q, want the same", upper, lower)
	}
	if n := count(t, f, wordBackbone); n != 3 {
		t.Errorf("%d backbones, want one of stage 1 and two of stage 2", n)
	}
	if n := len(named(all, "image")); n != 2 {
		t.Errorf("%d images, want one a stage", n)
	}
	for _, want := range []string{"InfoNCE", "10 classes", wordStop} {
		if !strings.Contains(f.Alt, want) {
			t.Errorf("the alt text does not say %q: %s", want, f.Alt)
		}
	}
	if strings.Contains(TwoStages(Stages{}).Alt, "(") {
		t.Errorf("without a method and a task the alt text has brackets: %s", TwoStages(Stages{}).Alt)
	}
}

// TestAutoencodersNoise finds noise and x̃ if there is any, and the target's way from the clean image to the loss.
func TestAutoencodersNoise(t *testing.T) {
	noisy, plain := samples()["autoencoder"], samples()["autoencoder-plain"]
	for _, text := range []string{wordNoise, wordNoisy} {
		if count(t, noisy, text) != 1 || count(t, plain, text) != 0 {
			t.Errorf("%q stands %d times with noise and %d times without", text, count(t, noisy, text), count(t, plain, text))
		}
	}
	for name, f := range map[string]*Figure{"noisy": noisy, "plain": plain} {
		all := svgOf(t, f)
		var target [][2]float64
		for _, e := range strokes(all, faint) {
			if p := e.points(); len(p) == 4 {
				target = p
			}
		}
		clean, loss := textNamed(t, all, wordClean), textNamed(t, all, wordLoss)
		for i, e := range []element{clean, loss} {
			if x := e.number("x") + e.number("textLength")/2; target == nil || math.Abs(target[3*i][0]-x) > 0.1 {
				t.Errorf("%s: the target's way is %v, %q stands at %g", name, target, e.text, x)
			}
		}
	}
	if n := len(named(svgOf(t, noisy), "image")); n != 3 {
		t.Errorf("%d images, want clean, noisy and output", n)
	}
	if !strings.Contains(noisy.Alt, "Noise (half of the pixels are 0)") || strings.Contains(plain.Alt, "oise") {
		t.Errorf("alt texts: %q with noise, %q without", noisy.Alt, plain.Alt)
	}
}

// TestAccentsStandOverTheirLetters finds the hat of x̂ where the letter is.
func TestAccentsStandOverTheirLetters(t *testing.T) {
	all := svgOf(t, samples()["autoencoder-plain"])
	var hats int
	for _, e := range named(all, "text") {
		if e.text != "x" {
			continue
		}
		for _, p := range strokes(all, ink) {
			tip := p.points()[1]
			width := 0.45 * e.number("font-size")
			if dx, dy := tip[0]-e.number("x")-width/2, e.number("y")-tip[1]; math.Abs(dx) < width/2 && dy > 0.5*e.number("font-size") && dy < e.number("font-size") {
				hats++
			}
		}
	}
	if hats != 2 {
		t.Errorf("%d letters x have a hat, want that of the reconstruction and that of the loss", hats)
	}
	if got, want := formulaWidth(styleSymbol, "x\u0302"), styleSymbol.width("x"); got != want {
		t.Errorf("x with a hat is %g wide, x %g", got, want)
	}
}

// TestPretextTiles counts the backbones and pictures: of many tiles the first two and the last pass the backbone.
func TestPretextTiles(t *testing.T) {
	for _, tc := range []struct{ tiles, backbones, images int }{{0, 1, 0}, {1, 1, 1}, {2, 2, 4}, {3, 3, 6}, {4, 3, 7}, {9, 3, 12}} {
		f := PretextTask(Pretext{X: sampleTiles(tc.tiles)})
		if n := count(t, f, wordBackbone); n != tc.backbones {
			t.Errorf("%d tiles pass %d backbones, want %d", tc.tiles, n, tc.backbones)
		}
		if n := len(named(svgOf(t, f), "image")); n != tc.images {
			t.Errorf("%d tiles: %d images, want %d", tc.tiles, n, tc.images)
		}
		if n := count(t, f, wordConcatenate); (n == 1) != (tc.tiles > 1) {
			t.Errorf("%d tiles are %d times concatenated", tc.tiles, n)
		}
	}
	f := samples()["pretext-jigsaw"]
	for _, text := range []string{"1", "2", "9", "shuffles 9 tiles", "100 permutations", "pseudo-label y: permutation 17 of 100"} {
		if count(t, f, text) != 1 {
			t.Errorf("the jigsaw does not say %q: %q", text, texts(t, f))
		}
	}
	if n := count(t, samples()["pretext-none"], wordPseudoLabel); n != 1 {
		t.Errorf("without a label the pseudo-label is named %d times", n)
	}
	for _, want := range []string{"(shuffles 9 tiles)", "y (permutation 17 of 100)", "9 tiles", "a head (100 permutations)"} {
		if !strings.Contains(f.Alt, want) {
			t.Errorf("the alt text does not say %q: %s", want, f.Alt)
		}
	}
}
