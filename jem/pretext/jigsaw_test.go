package pretext

import (
	"encoding/json"
	"math"
	"reflect"
	"strings"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"jemlab/data"
	"jemlab/jem"
	"jemlab/tests/testbackend"
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

// indexed returns n images that tell place and channel by their pixels, which are all different.
func indexed(in data.Input, n int) *tensors.Tensor {
	pixels := make([]float32, n*in.Size())
	for i := range pixels {
		pixels[i] = float32(i%in.Size()) / float32(in.Size())
	}
	return tensors.FromFlatDataAndDimensions(pixels, n, in.Height, in.Width, in.Channels)
}

// TestLabelsMatchTheArrangement cuts the tiles again in loops, by the permutation that the label names and the place that a tile's
// first pixel tells. Every permutation and every place comes.
func TestLabelsMatchTheArrangement(t *testing.T) {
	for _, tc := range []struct{ side, grid, tile, permutations, channels int }{{8, 2, 3, 24, 1}, {8, 2, 4, 2, 3}, {14, 3, 3, 20, 2}} {
		in := data.Input{Height: tc.side, Width: tc.side, Channels: tc.channels}
		const n = 200
		o := quickJigsaw(tc.grid, tc.tile, tc.permutations).objectiveOf(t, in)
		store := model.NewStore()
		if err := store.SetRNGStateFromSeed(3); err != nil {
			t.Fatal(err)
		}
		out, err := model.CallOnceN(testbackend.Go(t), store, func(s *model.Scope, x *Node) []*Node {
			p := o.shuffle(s, x)
			return []*Node{p.tiles, p.label}
		}, indexed(in, n))
		if err != nil {
			t.Fatal(err)
		}
		tiles, labels := numbers(t, out[0]), numbers(t, out[1])
		seen, places := map[int]bool{}, map[[2]int]bool{}
		size, count := tc.tile*tc.tile*tc.channels, tc.grid*tc.grid
		for i := range n {
			p := o.permutations[int(labels[i])]
			seen[int(labels[i])] = true
			for k, cell := range p {
				tile := tiles[(i*count+k)*size:][:size]
				first := int(math.Round(tile[0]*float64(in.Size()))) / tc.channels
				row, column := first/tc.side, first%tc.side
				top, left := cell/tc.grid*tc.side/tc.grid, cell%tc.grid*tc.side/tc.grid
				free := tc.side/tc.grid - tc.tile
				if row < top || row > top+free || column < left || column > left+free {
					t.Fatalf("%+v: image %d, place %d: the tile begins at %d, %d, not in the cell %d", tc, i, k, row, column, cell)
				}
				places[[2]int{row - top, column - left}] = true
				for at, got := range tile {
					r, c, channel := row+at/tc.channels/tc.tile, column+at/tc.channels%tc.tile, at%tc.channels
					if want := float64((r*tc.side+c)*tc.channels+channel) / float64(in.Size()); math.Abs(got-want) > 1e-6 {
						t.Fatalf("%+v: image %d, place %d, value %d = %v, want %v", tc, i, k, at, got, want)
					}
				}
			}
		}
		free := tc.side/tc.grid - tc.tile + 1
		if len(seen) != tc.permutations || len(places) != free*free {
			t.Errorf("%+v: %d permutations and %d places came", tc, len(seen), len(places))
		}
	}
}

// TestNormalizeTiles: every tile of every channel gets mean 0 and deviation 1, a flat one 0, and one of less than a byte's step
// stays less.
func TestNormalizeTiles(t *testing.T) {
	const tile, channels = 3, 2
	pixels := numbers(t, indexed(data.Input{Height: tile, Width: tile, Channels: channels}, 4))
	values := make([]float32, len(pixels))
	for i, v := range pixels {
		values[i] = float32(v * v) // image 0 and 1
		switch i / (tile * tile * channels) {
		case 1:
			values[i] *= 0.1
		case 2:
			values[i] = 0.7
		case 3:
			values[i] = 0.7 + float32(v)*1e-4
		}
	}
	out, err := CallOnce(testbackend.Go(t), normalizeTiles, tensors.FromFlatDataAndDimensions(values, 4, tile, tile, channels))
	if err != nil {
		t.Fatal(err)
	}
	got := numbers(t, out)
	for i := range 4 {
		for c := range channels {
			sum, squares := 0.0, 0.0
			for k := range tile * tile {
				v := got[(i*tile*tile+k)*channels+c]
				sum, squares = sum+v, squares+v*v
			}
			mean, deviation := sum/(tile*tile), math.Sqrt(squares/(tile*tile))
			want := []float64{1, 1, 0, deviation}[i]
			if math.Abs(mean) > 1e-4 || math.Abs(deviation-want) > 1e-4 || i == 3 && deviation > 0.02 {
				t.Errorf("tile %d, channel %d has mean %v and deviation %v", i, c, mean, deviation)
			}
		}
	}
}

// TestContrastTellsNothing: images of half the contrast have the same loss if tiles are normalised, and another if not.
func TestContrastTellsNothing(t *testing.T) {
	for _, normalize := range []bool{true, false} {
		j := quickJigsaw(2, 3, 6)
		j.Normalize = normalize
		o, b := j.objectiveOf(t, grey8()), newTable(t, grey8(), randomPixels(grey8(), 6))
		for i := range b.pixels {
			b.pixels[i] &^= 1 // even numbers, which can be halved
		}
		whole, _ := b.loss(o)
		for i := range b.pixels {
			b.pixels[i] /= 2
		}
		if half, _ := b.loss(o); (math.Abs(whole-half) < 1e-4) != normalize {
			t.Errorf("normalize %v: the loss is %v, of images of half the contrast %v", normalize, whole, half)
		}
	}
}

// TestClassification: equal logits have the loss log P and are right for one class of P; logits that shout the label have no loss,
// and those that shout another one are never right.
func TestClassification(t *testing.T) {
	const p, n = 24, 48
	of := func(logits func(row, class int) float32) (loss, accuracy float64) {
		t.Helper()
		flat, label := make([]float32, n*p), make([]int32, n)
		for i := range n {
			label[i] = int32(i % p)
			for c := range p {
				flat[i*p+c] = logits(i, c)
			}
		}
		out, err := CallOnceN(testbackend.Go(t), func(in []*Node) []*Node {
			l := classification(in[0], in[1])
			return []*Node{l.Total, l.Measures[0].Value}
		}, tensors.FromFlatDataAndDimensions(flat, n, p), tensors.FromFlatDataAndDimensions(label, n))
		if err != nil {
			t.Fatal(err)
		}
		return numbers(t, out[0])[0], numbers(t, out[1])[0]
	}
	loud := func(offset int) func(row, class int) float32 {
		return func(row, class int) float32 {
			if class == (row+offset)%p {
				return 100
			}
			return 0
		}
	}
	for name, tc := range map[string]struct {
		logits         func(row, class int) float32
		loss, accuracy float64
	}{
		"constant": {func(int, int) float32 { return 3 }, math.Log(p), 100.0 / p},
		"perfect":  {loud(0), 0, 100},
		"wrong":    {loud(1), 100, 0},
	} {
		if loss, accuracy := of(tc.logits); math.Abs(loss-tc.loss) > 1e-4 || math.Abs(accuracy-tc.accuracy) > 1e-4 {
			t.Errorf("%s: loss %v, accuracy %v, want %v, %v", name, loss, accuracy, tc.loss, tc.accuracy)
		}
	}
}

// TestJigsawStartsAtLogP: a head whose last layer is 0 has the loss log P.
func TestJigsawStartsAtLogP(t *testing.T) {
	for _, hidden := range [][]int{nil, {10}} {
		j := quickJigsaw(2, 3, 6)
		j.Hidden = hidden
		o, b := j.objectiveOf(t, grey8()), newTable(t, grey8(), randomPixels(grey8(), 60))
		b.loss(o)
		last := "/head/dense1"
		if len(hidden) > 0 {
			last = "/head/dense2"
		}
		b.decide(last, -1)
		loss, measures := b.loss(o)
		if math.Abs(loss-math.Log(6)) > 1e-5 || measures["accuracy"] < 1 || measures["accuracy"] > 40 {
			t.Errorf("hidden %v: loss %v, accuracy %v, want log 6 and about a sixth", hidden, loss, measures["accuracy"])
		}
	}
}

// withoutFrames takes the frames out of pictures of tiles.
func withoutFrames(pictures []float64, grid, tile, channels int) []float64 {
	side := grid * (tile + 2)
	var out []float64
	for i, v := range pictures {
		row, column := i/channels/side%side%(tile+2), i/channels%side%(tile+2)
		if row > 0 && row <= tile && column > 0 && column <= tile {
			out = append(out, v)
		} else if v != 1 {
			return nil
		}
	}
	return out
}

// TestPicturesOfTiles: without gaps the row "true" is the image, whatever the permutation; "predicted" is what loops make of
// "shuffled" by the permutation that the head is made to say.
func TestPicturesOfTiles(t *testing.T) {
	const n, grid, tile, side = 10, 2, 4, 8
	o, b := quickJigsaw(grid, tile, 24).objectiveOf(t, grey8()), newTable(t, grey8(), randomPixels(grey8(), n))
	b.pictures(o)
	for _, said := range []int{0, 7, 23} {
		b.decide("/head/dense2", said)
		before := values(b.store)
		rows := b.pictures(o)
		if !reflect.DeepEqual(before, values(b.store)) {
			t.Error("the pictures change a variable")
		}
		clean, shown := withoutFrames(rows["true"], grid, tile, 1), withoutFrames(rows["shuffled"], grid, tile, 1)
		put := withoutFrames(rows["predicted"], grid, tile, 1)
		if len(clean) != n*side*side || len(shown) != len(clean) || len(put) != len(clean) {
			t.Fatalf("%d, %d and %d pixels, or a frame that is not white", len(clean), len(shown), len(put))
		}
		differ := 0
		for i, v := range b.pixels {
			if math.Abs(clean[i]-float64(v)/255) > 1e-6 {
				t.Fatalf("the pixel %d of the true arrangement is %v, want %v", i, clean[i], float64(v)/255)
			}
			if shown[i] != clean[i] {
				differ++
			}
			image, row, column := i/64, i/8%8, i%8
			cell := row/tile*grid + column/tile // the tile that is said to be from here was shown at place
			place := inverse(o.permutations[said])[cell]
			from := image*64 + (place/grid*tile+row%tile)*8 + place%grid*tile + column%tile
			if put[i] != shown[from] {
				t.Fatalf("permutation %d: the pixel %d of the predicted arrangement is %v, want %v", said, i, put[i], shown[from])
			}
		}
		if differ < len(clean)/2 {
			t.Errorf("%d of %d pixels are shuffled", differ, len(clean))
		}
	}
}

// TestInverse: undone and done again, a permutation is the identity.
func TestInverse(t *testing.T) {
	for _, p := range allPermutations(5) {
		p := p.unpack(5)
		for k, v := range inverse(p) {
			if p[v] != k || inverse(inverse(p))[k] != p[k] {
				t.Fatalf("the inverse of %v is %v", p, inverse(p))
			}
		}
	}
}

// TestJigsawGradient covers views, which are drawn in the same step, and both heads.
func TestJigsawGradient(t *testing.T) {
	for _, hidden := range [][]int{nil, {10}} {
		j := quickJigsaw(2, 3, 5)
		j.Hidden, j.Augmentation = hidden, data.Augmentation{Size: 8, Flip: data.Flip{P: 0.5}}
		newTable(t, grey8(), randomPixels(grey8(), 6)).wantGradient(j.objectiveOf(t, grey8()), "backbone", "tiles", "head")
	}
}

// TestJigsawLossShapes: N representations of d features, N embeddings of P.
func TestJigsawLossShapes(t *testing.T) {
	j := quickJigsaw(3, 2, 7)
	o, b := j.objectiveOf(t, grey8()), newTable(t, grey8(), randomPixels(grey8(), 4))
	b.call(func(s *model.Scope, images *Node) []*Node {
		l := o.Loss(s, jem.Batch{Images: images})
		l.Hx.AssertDims(4, j.Backbone.Dim())
		l.Zx.AssertDims(4, 7)
		if l.Hy != nil || l.Zy != nil {
			t.Error("there is a second view")
		}
		return []*Node{l.Total}
	})
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
