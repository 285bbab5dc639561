package probe

import (
	"fmt"

	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"jemlab/data"
	"jemlab/jem"
	"jemlab/jem/nn"
)

// stageBatch is how many images a call of AtStage represents.
const stageBatch = 256

// AtStage returns the dataset's images that have labels as the backbone, whose weights stand in the store under /backbone, represents it after a stage: 0
// is the stem, len(Widths) the last, which is h. The maps are averaged over the backbone's grid. It is what a layer-wise
// probe looks at. It returns an error if there is no such stage.
func AtStage(be compute.Backend, store *model.Store, backbone nn.Backbone, stage int, ds *data.Dataset) (*Features, error) {
	if err := backbone.Validate(); err != nil {
		return nil, err
	}
	ds = onlyLabelled(ds)
	if stage < 0 || stage > len(backbone.Widths) {
		return nil, fmt.Errorf("stage %d; the backbone has the stem, 0, and the stages 1 to %d", stage, len(backbone.Widths))
	}
	exec, err := model.NewExec(be, store, func(s *model.Scope, images, index *Node) *Node {
		x := ds.Input.Standardize(ds.Input.Float(data.Rows(images, index)))
		return nn.GridMean(backbone.Stages(s.Store().Scope("/backbone"), x, nn.Pass{Mode: nn.Eval})[stage], backbone.Grid)
	})
	if err != nil {
		return nil, err
	}
	defer exec.Finalize()
	var sets []Set
	for _, split := range []data.Images{ds.Train, ds.Validation, ds.Test} {
		h, err := embedSplit(be, exec, split, ds.Input)
		if err != nil {
			return nil, fmt.Errorf("stage %d: %w", stage, err)
		}
		sets = append(sets, Set{H: h, Labels: split.Labels})
	}
	return New(fmt.Sprintf("stage %d", stage), len(ds.Classes), sets[0], sets[1], sets[2])
}

// embedSplit runs a program of images and indices on a split; the last batch overlaps the one before.
func embedSplit(be compute.Backend, exec *model.Exec, split data.Images, in data.Input) (jem.H, error) {
	images, err := data.Resident(be, split, in)
	if err != nil {
		return jem.H{}, err
	}
	defer images.FinalizeAll()
	h := jem.H{N: split.Len()}
	err = eachBatch(h.N, stageBatch, func(index []int32) error {
		out, err := exec.Call1(images, index)
		if err != nil {
			return err
		}
		defer out.FinalizeAll()
		rows, err := tensors.CopyFlatData[float32](out)
		if h.Data == nil {
			h.D = out.Shape().Dim(-1)
			h.Data = make([]float32, h.N*h.D)
		}
		copy(h.Data[int(index[0])*h.D:], rows)
		return err
	})
	return h, err
}

// eachBatch calls f with the numbers 0 to n-1 in batches of one size; the last one overlaps the one before.
func eachBatch(n, batch int, f func(index []int32) error) error {
	batch = min(batch, n)
	for from := 0; from < n; from += batch {
		from := min(from, n-batch)
		index := make([]int32, batch)
		for i := range index {
			index[i] = int32(from + i)
		}
		if err := f(index); err != nil {
			return err
		}
	}
	return nil
}
