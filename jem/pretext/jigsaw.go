package pretext

import (
	"fmt"

	"jemlab/data"
	"jemlab/jem"
	"jemlab/jem/nn"
)

// Jigsaw is the lecture's pretext task: an image is cut into Grid x Grid tiles, which are shown in one of P orders, and the
// network predicts which.
//
//	L = mean over the N images of -log softmax(head(BB(t₁), …, BB(t_G²)))[p]
//
// t_k is the tile at place k: a window of Tile x Tile pixels at a random place of the cell that the permutation p names, so that
// there is a gap between neighbours (data.Tiles). The tiles are the rows of one pass of one backbone; every h goes through one
// shared layer, and what the head sees are the results side by side, in the order shown. Two shortcuts are barred, by which the
// order shows without a look at what is on the image: edges that go on from tile to tile, by the gaps, and the brightness and
// contrast of neighbours, because every tile has mean 0 and deviation 1, if Normalize says so. BatchNorm is none: its statistics mix the tiles of all
// images, and which tiles a batch has does not depend on their order.
//
// Reference: Noroozi and Favaro, 2016, https://arxiv.org/abs/1603.09246, section 3; the head is VISSL's (jigsaw_8gpu_resnet.yaml: a shared
// layer with BatchNorm and ReLU, then the classes) with the paper's hidden layer between.
type Jigsaw struct {
	Backbone     nn.Backbone       `json:"backbone"`                       // BB: tile -> h [d]
	Augmentation data.Augmentation `json:"augmentation"`                   // of the image, before it is cut; none by its zero value
	Grid         int               `json:"grid" range:"[2,3]"`             // cells along a side
	Tile         int               `json:"tile" range:"[1,)"`              // pixels along a side of a tile; as many as a cell's leave no gap
	Normalize    bool              `json:"normalize"`                      // every tile by itself to mean 0 and deviation 1; else all as whole images are (VISSL)
	Permutations int               `json:"permutations" range:"[2,10000]"` // P: the classes
	TileWidth    int               `json:"tile_width" range:"[1,)"`        // features of a tile after the shared layer; VISSL has 1000
	Hidden       []int             `json:"hidden,omitempty" range:"[1,)"`  // hidden layers of the head; none by default
}

func init() {
	kinds["jigsaw"] = func() Task { return new(Jigsaw) }
	tasks["jigsaw"] = func() Task { return NewJigsaw() }
}

// NewJigsaw returns the jigsaw for images of 28 pixels: 2x2 tiles of 12 pixels in one of 24 orders, which are all, without
// augmentation; 3x3 tiles with gaps have 8 pixels a side, and many are black. A linear probe of h on the validation split of
// Fashion-MNIST does not tell it (84.4 % after 150 steps, 85.1 after 200, standard error 0.6) from 3x3 tiles in one of 100 orders (84.5,
// 85.1), from cropped and mirrored images (84.8, 85.1), from tiles that are not normalised by themselves (84.6), or from a head
// twice as wide (85.2 after 200); with 1000 orders it has 83.8. So the simplest was taken. The head's widths are ours.
func NewJigsaw() *Jigsaw {
	return &Jigsaw{Backbone: nn.Small(), Grid: 2, Tile: 12, Normalize: true, Permutations: 24, TileWidth: 128, Hidden: []int{256}}
}

// permutationSeed draws the set of permutations: runs of all seeds have the same, so that they solve the same task.
const permutationSeed = 15

// For returns the jigsaw whose tiles fit images like in: of six sevenths of a cell, rounded up. The paper's have 64 of 75 pixels.
func (j *Jigsaw) For(in data.Input) Task {
	fitted := *j
	if j.Grid > 0 {
		fitted.Tile = max((min(in.Height, in.Width)/j.Grid*6+6)/7, 1)
	}
	fitted.Augmentation = fittedTo(in, j.Augmentation)
	return &fitted
}

// Orders returns the P orders: the cell, counted by rows, that the tile at each place comes from. It returns Permutations' error.
func (j *Jigsaw) Orders() ([][]int, error) {
	return Permutations(j.Grid*j.Grid, j.Permutations, permutationSeed)
}

// Encoder returns the backbone, which stage two evaluates on whole images.
func (j *Jigsaw) Encoder() nn.Backbone { return j.Backbone }

// Kind is "jigsaw": how run.json names a run of one.
func (*Jigsaw) Kind() string { return "jigsaw" }

// Classes returns P: equal logits have the loss log P.
func (j *Jigsaw) Classes() int { return j.Permutations }

// Objective returns the jigsaw as what the training loop trains. Its error names the field that is wrong.
func (j *Jigsaw) Objective(in data.Input) (jem.Objective, error) {
	if err := jem.CheckTags(*j); err != nil {
		return nil, fmt.Errorf("jigsaw: %w", err)
	}
	if err := j.Backbone.Validate(); err != nil {
		return nil, fmt.Errorf("jigsaw: backbone: %w", err)
	}
	if in.Height != in.Width {
		return nil, fmt.Errorf("jigsaw: the images have %dx%d pixels; want square ones", in.Height, in.Width)
	}
	if err := checkAugmentation(j.Augmentation, in); err != nil {
		return nil, fmt.Errorf("jigsaw: augmentation: %w", err)
	}
	if cell := in.Height / j.Grid; j.Tile > cell {
		return nil, fmt.Errorf("jigsaw: tile = %d; want 1 to %d, a cell of a %dx%d grid on %d pixels", j.Tile, cell, j.Grid, j.Grid, in.Height)
	}
	orders, err := j.Orders()
	if err != nil {
		return nil, fmt.Errorf("jigsaw: %w", err)
	}
	return jigsaw{*j, in, orders}, nil
}
