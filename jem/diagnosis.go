package jem

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// The verdicts of a Diagnosis.
const (
	NoCollapse          = "no collapse"
	CompleteCollapse    = "complete collapse"    // the rows of H are equal
	DimensionalCollapse = "dimensional collapse" // few directions carry all
	ClusterCollapse     = "cluster collapse"     // the rows stand in few points
	AtSignature         = "loss at its signature"
)

// The limits of the verdicts. At their first steps and in health all methods of this package stay far from them: TestNoFalseAlarm.
const (
	completeSpread   = 0.05  // two rows have a cosine of 0.95 in the mean
	fewDirections    = 4     // fewer than a data set has classes
	fewOfPossible    = 0.08  // or of those that the rows could have, min(N-1, D), where that is less
	carried          = 0.99  // of the variance, by those directions
	samePoint        = 0.999 // cosine of rows that stand in one point: 2.6 degrees
	fewPoints        = 0.125 // points for each row
	leastClusterRows = 16    // fewer rows are no clusters
)

// Diagnosis says whether embeddings have collapsed, and how: the lecture's trivial solution, or a part of it.
type Diagnosis struct {
	Verdict    string  `json:"verdict"`
	Cause      string  `json:"cause,omitempty"`     // what usually causes it
	Signature  string  `json:"signature,omitempty"` // what the loss says by its value alone: see Signature
	Rows       int     `json:"rows"`                // N of the embeddings [N, D] that were measured
	Columns    int     `json:"columns"`             // D
	Spread     float64 `json:"spread"`              // Collapse's
	Directions int     `json:"directions"`          // Collapse's
	Clusters   int     `json:"clusters"`            // Collapse's
}

// causes are what usually leads to a verdict.
var causes = map[string]string{
	CompleteCollapse:    "nothing pushes the embeddings apart: no negatives, variance term, stop-gradient or predictor; or the rate is too high",
	DimensionalCollapse: "nothing keeps the columns unlike (no covariance or off-diagonal term), or the views have few features in common",
	ClusterCollapse:     "nothing keeps clusters of equal size (no Sinkhorn, no centring) or pushes the images of one apart",
	AtSignature:         "the loss cannot tell the views apart: the temperature is too high, or the network does not learn",
}

// Diagnose names the collapse of embeddings [rows, columns] by their measures, and passes on what the loss says: signature is
// Signature's text, "" if the loss sits on no constant.
//
//	complete     Spread < 0.05: the mean cosine of two rows is over 0.95
//	cluster      the rows stand in at most N/8 points (N of 16 or more, D of 2 or more)
//	dimensional  at most 4 directions carry 99 % of the variance; where the rows could have fewer than 50, min(N-1, D), at most
//	             8 % of them, or one (D of 2 or more)
//	signature    none of these, but the loss sits on its constant
//
// in this order: equal rows are also one point, and few points span few directions.
func Diagnose(c Collapse, rows, columns int, signature string) Diagnosis {
	d := Diagnosis{Verdict: NoCollapse, Signature: signature, Rows: rows, Columns: columns,
		Spread: c.Spread, Directions: c.Directions, Clusters: c.Clusters}
	possible := min(rows-1, columns)
	switch {
	case c.Spread < completeSpread:
		d.Verdict = CompleteCollapse
	case columns > 1 && rows >= leastClusterRows && float64(c.Clusters) <= fewPoints*float64(rows):
		d.Verdict = ClusterCollapse
	case possible > 1 && c.Directions <= max(1, min(fewDirections, int(fewOfPossible*float64(possible)))):
		d.Verdict = DimensionalCollapse
	case signature != "":
		d.Verdict = AtSignature
	}
	d.Cause = causes[d.Verdict]
	return d
}

// Collapsed says whether the verdict is another than NoCollapse.
func (d Diagnosis) Collapsed() bool { return d.Verdict != NoCollapse }

// String returns the verdict with its measures on one line, and if it is a collapse what usually causes it on another.
func (d Diagnosis) String() string {
	text := fmt.Sprintf("%s: spread %.3f, %s of %d carry 99 %% of the variance, %s of %d embeddings",
		d.Verdict, d.Spread, plural(d.Directions, "direction"), min(d.Rows-1, d.Columns), plural(d.Clusters, "point"), d.Rows)
	if d.Signature != "" {
		text += "; " + d.Signature
	}
	if d.Cause != "" {
		text += "\nusual cause: " + d.Cause
	}
	return text
}

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}

// shape returns the measures of a Diagnosis from the products of all unit rows, a matrix [N, N].
func shape(gram *mat.SymDense) (spread float64, directions, clusters int, err error) {
	n := gram.SymmetricDim()
	means, all := make([]float64, n), 0.0
	for i := range n {
		for k := range n {
			means[i] += gram.At(i, k) / float64(n)
		}
		all += means[i] / float64(n)
	}
	trace := 0.0
	centred := mat.NewSymDense(n, nil)
	for i := range n {
		trace += gram.At(i, i) / float64(n)
		for k := i; k < n; k++ {
			centred.SetSym(i, k, gram.At(i, k)-means[i]-means[k]+all)
		}
	}
	spread = max(trace-all, 0)
	var eigen mat.EigenSym
	if !eigen.Factorize(centred, false) {
		return 0, 0, 0, fmt.Errorf("directions of H: the factorisation of %d rows did not converge", n)
	}
	return spread, directionsOf(eigen.Values(nil)), points(gram), nil
}

// directionsOf returns how many of the eigenvalues, which come in rising order, make up 99 % of their sum; 0 if all are 0 but
// for rounding.
func directionsOf(values []float64) int {
	sum := 0.0
	for _, v := range values {
		sum += max(v, 0)
	}
	if sum < 1e-10*float64(len(values)) {
		return 0
	}
	count, part := 0, 0.0
	for i := len(values) - 1; i >= 0 && part < carried*sum; i-- {
		count, part = count+1, part+max(values[i], 0)
	}
	return count
}

// points returns in how many points the rows stand: each row belongs to the first row before it that leads a point and has a
// cosine of 0.999 or more with it, else it leads one.
func points(gram *mat.SymDense) int {
	var leaders []int
	for i := range gram.SymmetricDim() {
		alone := true
		for _, k := range leaders {
			if gram.At(i, k) >= samePoint*math.Sqrt(gram.At(i, i)*gram.At(k, k)) {
				alone = false
				break
			}
		}
		if alone {
			leaders = append(leaders, i)
		}
	}
	return len(leaders)
}
