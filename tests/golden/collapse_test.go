package golden

import (
	"math"
	"testing"

	"github.com/gomlx/compute"

	"jemlab/jem"
)

func init() { register("rank_std_", testRankStd) }

func testRankStd(t *testing.T, _ compute.Backend, c *Case) {
	h := hostRows(t, c, "z")
	measured, err := jem.Measure(h, h)
	if err != nil {
		t.Fatal(err)
	}
	rank, err := jem.RankMe(h)
	if err != nil {
		t.Fatal(err)
	}
	centred, err := jem.SingularValues(h, true)
	if err != nil {
		t.Fatal(err)
	}
	c.CheckValues(t, "outputs.singular_values", measured.Spectrum)
	c.CheckValues(t, "outputs.rankme", []float64{measured.Rank})
	c.CheckValues(t, "outputs.rankme", []float64{rank})
	c.CheckValues(t, "outputs.rankme_eps1e-5", []float64{jem.EffectiveRank(measured.Spectrum, 1e-5)})
	c.CheckValues(t, "outputs.effective_rank", []float64{jem.EffectiveRank(measured.Spectrum, 0)})
	c.CheckValues(t, "outputs.effective_rank_centered", []float64{jem.EffectiveRank(centred, 0)})
	// Std is √d times the file's.
	c.CheckValues(t, "outputs.std_of_l2_normalized", []float64{measured.Std / math.Sqrt(float64(h.D))})
	c.CheckValues(t, "outputs.collapse_level", []float64{max(0, 1-measured.Std)})
}
