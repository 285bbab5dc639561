package main

import (
	"bytes"
	"encoding/base64"
	"image"
	_ "image/png"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"jemlab/data"
)

// TestCommittedFiguresAreFresh draws the lecture's figures and compares them with those of docs/figures. The pixels of views may differ a
// little, as from one processor to another.
func TestCommittedFiguresAreFresh(t *testing.T) {
	if _, err := data.Open("fashion-mnist", data.Options{Train: 1}); err != nil {
		t.Skip(err)
	}
	drawn, committed := t.TempDir(), filepath.Join("..", "..", "docs", "figures")
	c, _, stderr := command(t, []string{"figures", "--out", drawn})
	if err := c.Run(); err != nil {
		t.Fatalf("%v\n%s", err, stderr)
	}
	for _, folder := range []string{".", "fr"} {
		files, err := filepath.Glob(filepath.Join(drawn, folder, "*.svg"))
		if err != nil || len(files) != 11 {
			t.Fatalf("folder %s: %d figures, want the 11 of the lecture (%v)", folder, len(files), err)
		}
		for _, path := range files {
			name := filepath.Join(folder, filepath.Base(path))
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			got, err := os.ReadFile(filepath.Join(committed, name))
			if err != nil || !sameFigure(t, got, want) {
				t.Errorf("docs/figures/%s is stale (%v); draw it anew: go generate ./cmd/jem", name, err)
			}
		}
	}
}

// TestStaleFiguresAreSeen changes a word, a coordinate and a picture of a figure.
func TestStaleFiguresAreSeen(t *testing.T) {
	figure, err := os.ReadFile(filepath.Join("..", "..", "docs", "figures", "rotation.svg"))
	if err != nil {
		t.Fatal(err)
	}
	if !sameFigure(t, figure, figure) {
		t.Error("a figure is not the same as itself")
	}
	pictures := embedded.FindAll(figure, -1)
	for what, other := range map[string][]byte{
		"word":       bytes.Replace(figure, []byte(">loss<"), []byte(">lost<"), 1),
		"coordinate": bytes.Replace(figure, []byte(`x="`), []byte(`x="1`), 1),
		"picture":    bytes.Replace(figure, pictures[0], pictures[1], 1),
	} {
		if sameFigure(t, figure, other) {
			t.Errorf("another %s is not seen", what)
		}
	}
}

var embedded = regexp.MustCompile(`base64,[^"]*`)

// sameFigure says whether two SVGs are equal, but for pictures whose pixels differ by less than 2 % of the whole range on average.
func sameFigure(t *testing.T, a, b []byte) bool {
	if !bytes.Equal(embedded.ReplaceAll(a, nil), embedded.ReplaceAll(b, nil)) {
		return false
	}
	pictures := embedded.FindAll(b, -1)
	for i, p := range embedded.FindAll(a, -1) {
		if difference(pixels(t, p), pixels(t, pictures[i])) > 0.02 {
			return false
		}
	}
	return true
}

func pixels(t *testing.T, embedded []byte) image.Image {
	t.Helper()
	b, err := base64.StdEncoding.DecodeString(string(bytes.TrimPrefix(embedded, []byte("base64,"))))
	if err != nil {
		t.Fatal(err)
	}
	img, _, err := image.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// difference returns the mean of what red, green and blue differ by, over their range; 1 for images of other sizes.
func difference(a, b image.Image) float64 {
	size := a.Bounds().Size()
	if b.Bounds().Size() != size {
		return 1
	}
	sum := 0.0
	for y := range size.Y {
		for x := range size.X {
			r, g, bl, _ := a.At(x, y).RGBA()
			p, q, o, _ := b.At(x, y).RGBA()
			sum += math.Abs(float64(r)-float64(p)) + math.Abs(float64(g)-float64(q)) + math.Abs(float64(bl)-float64(o))
		}
	}
	return sum / float64(3*size.X*size.Y) / 0xffff
}
