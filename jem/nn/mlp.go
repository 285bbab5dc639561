package nn

import (
	"fmt"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// MLP configures a multilayer head: the projector that maps h to z, or the predictor behind it. The zero value is the
// identity. SimCLR's projector is MLP{Widths: []int{d, 128}, BatchNorm: true}: "a MLP with one hidden layer", Chen et al.,
// 2020, https://arxiv.org/abs/2002.05709, section 2.1.
type MLP struct {
	// Widths are the outputs of the layers: the hidden ones, then the output. A hidden layer ends in a ReLU.
	Widths []int `json:"widths"`
	// BatchNorm normalises the hidden layers before their ReLU.
	BatchNorm bool `json:"batch_norm"`
	// OutputBatchNorm normalises the output, without gamma and beta, as SimSiam's projector does.
	OutputBatchNorm bool `json:"output_batch_norm"`
}

// Validate returns an error that names the field if a width is not positive or normalisation has no layer to act on.
func (m MLP) Validate() error {
	for i, width := range m.Widths {
		if width < 1 {
			return fmt.Errorf("widths[%d] = %d; want at least 1", i, width)
		}
	}
	if m.BatchNorm && len(m.Widths) < 2 {
		return fmt.Errorf("batch_norm = true has no hidden layer to normalise in widths = %v; want two widths or more, or false", m.Widths)
	}
	if m.OutputBatchNorm && len(m.Widths) == 0 {
		return fmt.Errorf("output_batch_norm = true has no output to normalise in widths = []; want one width or more, or false")
	}
	return nil
}

// Dim returns the width of the output for an input of width in.
func (m MLP) Dim(in int) int {
	if len(m.Widths) == 0 {
		return in
	}
	return m.Widths[len(m.Widths)-1]
}

// Build applies the head to x [N, in] in scope s and returns [N, Dim(in)]. A layer has a bias unless batch normalisation,
// which would cancel it, follows. p is the pass of every BatchNorm. Panics if x is not a matrix.
func (m MLP) Build(s *model.Scope, x *Node, p Pass) *Node {
	for i, width := range m.Widths {
		dense, bn := s.At("dense%d", i+1), s.At("bn%d", i+1)
		if i == len(m.Widths)-1 {
			x = Dense(dense, x, width, !m.OutputBatchNorm)
			if m.OutputBatchNorm {
				x = BatchNormPlain(bn, x, p)
			}
			return x
		}
		x = Dense(dense, x, width, !m.BatchNorm)
		if m.BatchNorm {
			x = BatchNorm(bn, x, p)
		}
		x = ReLU(x)
	}
	return x
}
