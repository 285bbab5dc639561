package data

import (
	"fmt"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// Jigsaw cuts a view into tiles and shuffles them; it is off if Grid is 0.
//
// The view is parted into Grid x Grid cells, cell i along a side beginning at pixel ⌊i·Size/Grid⌋, and each gives a window of
// Tile x Tile pixels from a random place within it. So there are gaps between the tiles, and an edge that goes on does not
// give their order away (Noroozi and Favaro, 2016, https://arxiv.org/abs/1603.09246, section 4.2). The order of an image's tiles is
// drawn from all permutations, as in PIRL (Misra and van der Maaten, 2020, https://arxiv.org/abs/1912.01991, section 3).
type Jigsaw struct {
	Grid int `json:"grid"` // cells along a side
	Tile int `json:"tile"` // pixels along a side of a tile
}

// cell returns how many pixels every cell of views of size pixels has at least.
func (j Jigsaw) cell(size int) int { return size / max(j.Grid, 1) }

func (j Jigsaw) validate(size int) error {
	if j == (Jigsaw{}) {
		return nil
	}
	if j.Grid < 2 || j.Grid > size {
		return fmt.Errorf("jigsaw.grid = %d; want 2 to the view's %d, or 0 for none", j.Grid, size)
	}
	if j.Tile < 1 || j.Tile > j.cell(size) {
		return fmt.Errorf("jigsaw.tile = %d; want 1 to %d, a cell of a %dx%d grid on %d pixels", j.Tile, j.cell(size), j.Grid, j.Grid, size)
	}
	return nil
}

// apply returns the shuffled tiles of each image: [N·Grid², Tile, Tile, C].
func (j Jigsaw) apply(s *model.Scope, x *Node) *Node {
	if j.Grid == 0 {
		return x
	}
	offsets := j.RandomOffsets(s, x)
	return Tiles(x, j.Grid, j.Tile, RandomPermutations(s, x.Graph(), x.Shape().Dim(0), j.Grid*j.Grid), offsets)
}

// RandomOffsets draws where in its cell each tile of the square images x [N, H, H, C] begins: int32 [N, Grid², 2], for Tiles.
func (j Jigsaw) RandomOffsets(s *model.Scope, x *Node) *Node {
	free := j.cell(x.Shape().Dim(1)) - j.Tile + 1
	u := s.RandomUniform(x.Graph(), shapes.Make(dtypes.Float32, x.Shape().Dim(0), j.Grid*j.Grid, 2))
	return MinScalar(ConvertDType(Floor(MulScalar(u, float64(free))), dtypes.Int32), free-1)
}

// RandomPermutations draws n permutations of the numbers 0 to count-1, each as likely as any other: int32 [n, count].
func RandomPermutations(s *model.Scope, g *Graph, n, count int) *Node {
	u := s.RandomUniform(g, shapes.Make(dtypes.Float32, n, count))
	shape := shapes.Make(dtypes.Int32, n, count, count)
	mine := BroadcastToDims(ExpandAxes(u, 2), shape.Dimensions...)
	other := BroadcastToDims(ExpandAxes(u, 1), shape.Dimensions...)
	before := LessThan(Iota(g, shape, 2), Iota(g, shape, 1)) // of equal numbers the first is the less
	less := LogicalOr(LessThan(other, mine), LogicalAnd(Equal(other, mine), before))
	return ReduceSum(ConvertDType(less, dtypes.Int32), 2)
}

// Tiles cuts the images x [N, H, W, C] into grid x grid cells (see Jigsaw) and returns a window of each, tile x tile pixels:
// [N·grid², tile, tile, C], the tiles of image n in the rows n·grid² and on.
//
// order, int32 [N, grid²], says which cell, counted by rows, the k-th tile comes from; offsets, int32 [N, grid², 2], where in its
// cell the k-th tile begins: row and column, from 0 to the cell's size less tile. It panics if the shapes disagree; a window
// outside of the image is moved into it.
func Tiles(x *Node, grid, tile int, order, offsets *Node) *Node {
	n, h, w, c := x.Shape().Dim(0), x.Shape().Dim(1), x.Shape().Dim(2), x.Shape().Dim(3)
	count := grid * grid
	order.AssertDims(n, count)
	offsets.AssertDims(n, count, 2)
	start := func(cell *Node, axis, size int) *Node { // [N, count, 1]
		origin := DivScalar(MulScalar(cell, size), grid)
		return Add(ExpandAxes(origin, -1), SliceAxis(offsets, 2, AxisElem(axis)))
	}
	along := func(first *Node, size int) *Node { // [N, count, tile]
		pixels := Add(first, Iota(x.Graph(), shapes.Make(dtypes.Int32, 1, 1, tile), 2))
		return MinScalar(pixels, size-1)
	}
	rows := along(start(DivScalar(order, grid), 0, h), h)
	columns := along(start(ModScalar(order, grid), 1, w), w)
	image := Iota(x.Graph(), shapes.Make(dtypes.Int32, n, count, tile, tile), 0)
	index := Add(MulScalar(Add(MulScalar(image, h), ExpandAxes(rows, 3)), w), ExpandAxes(columns, 2))
	pixels := Gather(Reshape(x, n*h*w, c), Reshape(index, -1, 1))
	return Reshape(pixels, n*count, tile, tile, c)
}
