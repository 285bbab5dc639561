package lab

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"

	"jemlab/jem"
	"jemlab/jem/claim"
	"jemlab/jem/run"
)

// claimsFile keeps the claims' results that are published, seen from the folder of the go.mod.
var claimsFile = filepath.Join("docs", "results", "claims.json")

// publishedRemovals returns the rows of claim 16 at the full budget in a file of results; none if there is no such file, or no such claim in it.
func publishedRemovals(path string) ([]*tried, error) {
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var file struct {
		Results []claim.Result `json:"results"`
	}
	if err := json.Unmarshal(raw, &file); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	for _, r := range file.Results {
		if r.Claim == 16 && r.Protocol.Budget == run.Full {
			return removalRows(r.Measurements), nil
		}
	}
	return nil, nil
}

// removalRows returns the measurements of claim 16 as rows, in their order.
func removalRows(measurements []claim.Measurement) []*tried {
	var rows []*tried
	for _, m := range measurements {
		variant, what, ok := strings.Cut(m.Name, ": ")
		if !ok || m.Control {
			continue
		}
		if len(rows) == 0 || rows[len(rows)-1].String() != variant {
			t := &tried{verdicts: map[string]int{}}
			t.method, t.change, _ = strings.Cut(variant, " ")
			rows = append(rows, t)
		}
		t := rows[len(rows)-1]
		switch what {
		case claim.KNNOfTest:
			t.knn, t.verdicts[jem.NoCollapse] = finite(m.Values), len(m.Values)
		case claim.StdOfZ:
			t.std = finite(m.Values)
		case claim.RankOfZ:
			t.rank = finite(m.Values)
		default: // how runs failed, 100 for each that did so
			failed := 0
			for _, v := range m.Values {
				failed += int(v / 100)
			}
			t.verdicts[what], t.verdicts[jem.NoCollapse] = failed, t.verdicts[jem.NoCollapse]-failed
		}
	}
	for _, t := range rows {
		if t.verdicts[jem.NoCollapse] == 0 {
			delete(t.verdicts, jem.NoCollapse)
		}
	}
	return rows
}

// String is how claim 16 names the variant.
func (t *tried) String() string { return strings.TrimSpace(t.method + " " + t.change) }

// finite returns the values that are.
func finite(values []float64) []float64 {
	var out []float64
	for _, v := range values {
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			out = append(out, v)
		}
	}
	return out
}
