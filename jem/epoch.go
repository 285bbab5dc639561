package jem

import (
	"fmt"
	"math/rand/v2"

	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"jemlab/data"
	"jemlab/jem/nn"
)

// BeforeEpoch prepares an instance bank. Before the first epoch every image gets the key that the y branch gives one view of it
// at the start: authors begin with random keys or, DeepCluster's, with a pass like this one, and in a run of a few epochs
// random ones would be most of what the network learns from. Under k-means the keys are clustered anew before every epoch.
func (o objective) BeforeEpoch(be compute.Backend, store *model.Store, images *tensors.Tensor, epoch int) error {
	if o.method.MemoryBank.Kind != "instance" {
		return nil
	}
	if epoch == 0 {
		if err := o.fillBank(be, store, images); err != nil {
			return fmt.Errorf("first keys of the memory bank: %w", err)
		}
	}
	if o.method.Quantizer.Kind == "k-means" {
		if err := o.method.cluster(be, store, epoch); err != nil {
			return fmt.Errorf("clustering the memory bank: %w", err)
		}
	}
	return nil
}

// fillBatch is how many images a call of fillBank embeds.
const fillBatch = 256

// fillBank stores the keys of all images, batch by batch; the last batch overlaps the one before.
func (o objective) fillBank(be compute.Backend, store *model.Store, images *tensors.Tensor) error {
	n := images.Shape().Dim(0)
	batch := min(fillBatch, n)
	exec, err := model.NewExec(be, store, func(s *model.Scope, images, index *Node) *Node {
		keys := o.key(s, data.Rows(images, index))
		v := o.method.MemoryBank.variable(s, bankKeys, n, keys.Shape().Dim(-1))
		v.SetNodeValue(ScatterUpdate(v.NodeValue(keys.Graph()), ExpandAxes(index, -1), keys, true, true))
		return index
	})
	if err != nil {
		return err
	}
	defer exec.Finalize()
	for from := 0; from < n; from += batch {
		out, err := exec.Call1(images, consecutive(min(from, n-batch), batch))
		if err != nil {
			return err
		}
		out.FinalizeAll()
	}
	return nil
}

// consecutive returns count numbers from first on.
func consecutive(first, count int) []int32 {
	numbers := make([]int32, count)
	for i := range numbers {
		numbers[i] = int32(first + i)
	}
	return numbers
}

// key returns the keys [N, D] that the y branch gives views y of images uint8 [N, H, W, C] now, with batch statistics that no
// buffer remembers.
func (o objective) key(s *model.Scope, images *Node) *Node {
	m := o.method
	view := m.Views.Y
	if m.Views.Same {
		view = m.Views.X
	}
	v := o.input.Standardize(view.Apply(s, o.input.Float(images)))
	_, z := m.network(s, m.secondRoot(), v, view.Tiles(), m.BatchNorm.pass(nn.BatchOnly, 1))
	return StopGradient(Normalize(z, m.Normalization))
}

// cluster gives the prototypes and the images' clusters their values for an epoch: SphericalKMeans of the bank's keys from
// centroids that are keys, evenly spread over the images from one that is drawn.
func (m Method) cluster(be compute.Backend, store *model.Store, epoch int) error {
	keys, prototypes, clusters := store.GetVariable(bankKeys), store.GetVariable(prototypesScope+"/weights"), store.GetVariable(bankClusters)
	if keys == nil || prototypes == nil || clusters == nil {
		return fmt.Errorf("the store has no %s, %s/weights and %s yet; build the loss first", bankKeys, prototypesScope, bankClusters)
	}
	n, count := keys.Shape().Dim(0), m.Quantizer.Prototypes
	if n < count {
		return fmt.Errorf("%d images cannot form %d clusters; lower quantizer.prototypes", n, count)
	}
	first, stride := rand.New(rand.NewPCG(uint64(epoch), uint64(n))).IntN(n/count), n/count
	value, err := keys.Value()
	if err != nil {
		return err
	}
	out, err := CallOnceN(be, func(in []*Node) []*Node {
		x := in[0]
		start := Slice(x, AxisRange(first, first+(count-1)*stride+1).Stride(stride), AxisRange())
		assigned, centroids := SphericalKMeans(x, start, m.Quantizer.Iterations)
		return []*Node{assigned, centroids}
	}, value)
	if err != nil {
		return err
	}
	if err := clusters.SetValue(out[0]); err != nil {
		return err
	}
	return prototypes.SetValue(out[1])
}
