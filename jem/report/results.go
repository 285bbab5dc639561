package report

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"jemlab/jem/claim"
)

// DefaultData is the dataset that `jem claim` measures on unless it is told another.
const DefaultData = "fashion-mnist"

// Results are the numbers of a report, without the data of figures: claims.json, fit to be committed.
type Results struct {
	Command string      `json:"command"` // that measures them
	Results []Published `json:"results"`
}

// Published is a result without figures.
type Published struct {
	claim.Result
	SHA256 string `json:"sha256"` // Hash of the result
}

// Hash returns the SHA-256 of what was measured: the claim's number, protocol, verdict, reason and measurements as JSON. Time, machine and
// commit do not enter it, so that equal measurements have one hash.
func Hash(r claim.Result) string {
	r.Protocol.Data.Source = "" // images are the same wherever their files lie
	raw, err := json.Marshal(struct {
		Claim        int                 `json:"claim"`
		Protocol     claim.Protocol      `json:"protocol"`
		Judgement    claim.Judgement     `json:"judgement"`
		Measurements []claim.Measurement `json:"measurements"`
	}{r.Claim, r.Protocol, r.Judgement, r.Measurements})
	if err != nil {
		panic(err)
	}
	return fmt.Sprintf("%x", sha256.Sum256(raw))
}

// Results returns the numbers of the claims that have a result.
func (r Report) Results() Results {
	out := Results{Command: r.Command, Results: []Published{}}
	for _, e := range r.Entries {
		if e.Result == nil {
			continue
		}
		p := Published{Result: *e.Result, SHA256: Hash(*e.Result)}
		p.Figures, p.Protocol.Data.Source = nil, ""
		out.Results = append(out.Results, p)
	}
	return out
}

// over returns the results, and those of the others whose claims have none, by the claims' numbers.
func (r Results) over(others Results) Results {
	for _, o := range others.Results {
		if !slices.ContainsFunc(r.Results, func(p Published) bool { return p.Claim == o.Claim }) {
			r.Results = append(r.Results, o)
		}
	}
	slices.SortFunc(r.Results, func(a, b Published) int { return a.Claim - b.Claim })
	return r
}

// Write writes the results as JSON.
func (r Results) Write(path string) error {
	raw, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return replace(path, append(raw, '\n'))
}

// Read reads what Write wrote. It returns an error if a result has another hash than it says: the file was changed by hand.
func Read(path string) (Results, error) {
	var r Results
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return r, fmt.Errorf("%w; measure them: jem claim --all --report DIR", err)
	}
	if err != nil {
		return r, err
	}
	if err := json.Unmarshal(raw, &r); err != nil {
		return r, fmt.Errorf("%s is damaged: %w", path, err)
	}
	for _, p := range r.Results {
		if hash := Hash(p.Result); hash != p.SHA256 {
			return r, fmt.Errorf("%s: claim %d has SHA-256 %.12s, and says %.12s: it is not what was measured", path, p.Claim, hash, p.SHA256)
		}
	}
	return r, nil
}
