package pretext

import (
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"jemlab/data"
	"jemlab/jem"
	"jemlab/jem/nn"
)

// jigsaw is the Objective of a Jigsaw on images like input.
type jigsaw struct {
	Jigsaw
	input        data.Input
	permutations [][]int // permutations[p][k] is the cell that the tile at place k comes from
}

// puzzle is a batch of shuffled images.
type puzzle struct {
	tiles *Node // [N·Grid², Tile, Tile, C] in [0, 1], the tiles of an image in the order shown
	label *Node // int32 [N]: which permutation
}

// shuffle draws a permutation and the tiles' places for each image of x, float32 [N, H, W, C] in [0, 1].
func (o jigsaw) shuffle(s *model.Scope, x *Node) puzzle {
	g, n, count := x.Graph(), x.Shape().Dim(0), len(o.permutations)
	u := s.RandomUniform(g, shapes.Make(dtypes.Float32, n))
	label := MinScalar(ConvertDType(Floor(MulScalar(u, float64(count))), dtypes.Int32), count-1)
	offsets := data.Jigsaw{Grid: o.Grid, Tile: o.Tile}.RandomOffsets(s, x)
	return puzzle{data.Tiles(x, o.Grid, o.Tile, rowsAt(o.permutations, label), offsets), label}
}

// solve returns h [N·Grid², d] of tiles [N·Grid², Tile, Tile, C] in [0, 1] and the logits [N, P] of the permutations.
func (o jigsaw) solve(s *model.Scope, tiles *Node, mode nn.Mode) (h, logits *Node) {
	pass := nn.Pass{Mode: mode}
	if o.Normalize {
		tiles = normalizeTiles(tiles)
	} else {
		tiles = o.input.Standardize(tiles)
	}
	h = o.Backbone.Build(s.At("backbone"), tiles, pass)
	shared := s.At("tiles")
	features := nn.ReLU(nn.BatchNorm(shared.At("bn"), nn.Dense(shared.At("dense"), h, o.TileWidth, false), pass))
	together := Reshape(features, -1, o.Grid*o.Grid*o.TileWidth)
	head := nn.MLP{Widths: append(append([]int{}, o.Hidden...), len(o.permutations)), BatchNorm: len(o.Hidden) > 0}
	return h, head.Build(s.At("head"), together, pass)
}

// quietest is the least deviation that a tile is divided by: one step of a byte. Less is no structure, and is not blown up.
const quietest = 1.0 / 255

// normalizeTiles returns each tile [T, T] of each channel of x [N, T, T, C] with mean 0 and deviation 1, a flat one as 0.
func normalizeTiles(x *Node) *Node {
	centred := Sub(x, ReduceAndKeep(x, ReduceMean, 1, 2))
	deviation := Sqrt(ReduceAndKeep(Square(centred), ReduceMean, 1, 2))
	return Div(centred, MaxScalar(deviation, quietest))
}

// Loss has the one term "cross_entropy" and the measure "accuracy", in percent. The representation of an image is the mean of its
// tiles', the embedding its logits.
func (o jigsaw) Loss(s *model.Scope, b jem.Batch) jem.Loss {
	p := o.shuffle(s, augment(s, o.Augmentation, o.input.Float(b.Images)))
	h, logits := o.solve(s, p.tiles, nn.Train)
	loss := classification(logits, p.label)
	loss.Hx, loss.Zx = ReduceMean(Reshape(h, -1, o.Grid*o.Grid, h.Shape().Dim(1)), 1), logits
	return loss
}

// Illustrate builds the rows "shuffled", the tiles at the places they are shown at; "predicted", at the cells that the head takes
// them to be from; and "true", at those that they are from.
func (o jigsaw) Illustrate(s *model.Scope, images *Node) []jem.Illustration {
	p := o.shuffle(s, o.input.Float(images))
	_, logits := o.solve(s, p.tiles, nn.Eval)
	inverses := make([][]int, len(o.permutations))
	for i, permutation := range o.permutations {
		inverses[i] = inverse(permutation)
	}
	shown := Iota(images.Graph(), shapes.Make(dtypes.Int32, images.Shape().Dim(0), o.Grid*o.Grid), 1)
	return []jem.Illustration{
		{Name: "shuffled", Pictures: mosaic(p.tiles, o.Grid, shown)},
		{Name: "predicted", Pictures: mosaic(p.tiles, o.Grid, rowsAt(inverses, predicted(logits)))},
		{Name: "true", Pictures: mosaic(p.tiles, o.Grid, rowsAt(inverses, p.label))},
	}
}

func (jigsaw) AfterUpdate(*model.Scope, jem.Batch) {}

func (jigsaw) Start(*model.Store) error { return nil }

// rowsAt returns the rows of a table at the indices, int32 [N]: int32 [N, columns].
func rowsAt(table [][]int, indices *Node) *Node {
	flat := make([]int32, 0, len(table)*len(table[0]))
	for _, row := range table {
		for _, v := range row {
			flat = append(flat, int32(v))
		}
	}
	rows := Reshape(Const(indices.Graph(), flat), len(table), len(table[0]))
	return Gather(rows, ExpandAxes(indices, 1))
}

// inverse returns q with q[p[k]] = k.
func inverse(p []int) []int {
	q := make([]int, len(p))
	for k, v := range p {
		q[v] = k
	}
	return q
}
