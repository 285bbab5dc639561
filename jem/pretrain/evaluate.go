package pretrain

import (
	"github.com/gomlx/gomlx/core/tensors"

	"jemlab/data"
	"jemlab/jem"
	"jemlab/jem/run"
)

// How many images the online k-NN looks at: enough to see it rise, few enough not to be waited for.
const (
	evaluationBank    = 2000
	evaluationQueries = 500
)

// monitor measures a backbone while it trains.
type monitor struct {
	encoder *jem.Encoder
	knn     *jem.KNN
	trainer *trainer
	bank    data.Images // training images with a label
	queries data.Images // validation images with a label; none if there is no k-NN to look at
	seen    Seen        // at the last call of values, but for the step
}

func newMonitor(t *trainer) (*monitor, error) {
	m := &monitor{trainer: t, bank: firstLabelled(t.data.Train, evaluationBank), queries: firstLabelled(t.data.Validation, evaluationQueries)}
	if m.bank.Len() == 0 {
		m.queries = data.Images{}
	}
	var err error
	if m.encoder, err = jem.NewEncoder(t.backend, t.store, t.config.Task.Encoder(), t.data.Input); err != nil {
		return nil, err
	}
	if m.queries.Len() > 0 {
		m.knn, err = jem.NewKNN(t.backend, len(t.data.Classes), min(t.config.Neighbors, m.bank.Len()), 0.07)
	}
	return m, err
}

// firstLabelled returns the first n images of a split that have a label, or all of them.
func firstLabelled(s data.Images, n int) data.Images {
	s = s.Labelled()
	if n >= s.Len() {
		return s
	}
	return data.Images{Pixels: s.Pixels[:n*len(s.Pixels)/s.Len()], Labels: s.Labels[:n]}
}

// values returns the k-NN accuracy, in percent, of the first validation images by the first training images, of those with labels, and the
// collapse measures of the embeddings z ("std", "rank", "alignment", "uniformity", "spread", "directions", "clusters") and of h ("h_std", "h_rank") of the
// last training batch. A measure that cannot be computed, as on a batch that holds NaN, is an error.
func (m *monitor) values(last measured) (map[string]float64, error) {
	values := map[string]float64{}
	m.seen = Seen{Labels: m.queries.Labels}
	if m.queries.Len() > 0 {
		bank, err := m.encoder.Embed(m.bank.Pixels)
		if err != nil {
			return nil, err
		}
		queries, err := m.encoder.Embed(m.queries.Pixels)
		if err != nil {
			return nil, err
		}
		accuracy, err := m.knn.Accuracy(bank, m.bank.Labels, queries, m.queries.Labels)
		if err != nil {
			return nil, err
		}
		values["knn"], m.seen.H = 100*accuracy, queries
	}
	var h []jem.H
	for _, x := range last.tensors {
		rows, err := hostRows(x)
		if err != nil {
			return nil, err
		}
		h = append(h, rows)
	}
	hx, zx := h[0], h[1]
	hy, zy := hx, zx
	if len(h) == 4 {
		hy, zy = h[2], h[3]
	}
	z, err := jem.Measure(zx, zy)
	if err != nil {
		return nil, err
	}
	values["std"], values["rank"], m.seen.Spectrum = z.Std, z.Rank, z.Spectrum
	values["spread"], values["directions"], values["clusters"] = z.Spread, float64(z.Directions), float64(z.Clusters)
	if len(h) == 4 {
		values["alignment"], values["uniformity"] = z.Alignment, z.Uniformity
	}
	of, err := jem.Measure(hx, hy)
	if err != nil {
		return nil, err
	}
	values["h_std"], values["h_rank"] = of.Std, of.Rank
	return values, nil
}

func hostRows(x *tensors.Tensor) (jem.H, error) {
	flat, err := tensors.CopyFlatData[float32](x)
	dims := x.Shape().Dimensions
	return jem.H{N: dims[0], D: dims[1], Data: flat}, err
}

// Diagnose returns the collapse doctor's verdict on a run of the configuration c by its newest measurement, nil if there is none
// or if c trains no joint-embedding method. The loss counts as sitting at its signature if that of the measurement before
// does so too: a healthy loss passes by.
func Diagnose(c Config, events []run.Event) *jem.Diagnosis {
	m, ok := c.Task.(jem.Method)
	if !ok {
		return nil
	}
	var diagnosis *jem.Diagnosis
	before := ""
	for _, e := range events {
		spread, measured := e.Values["spread"]
		if !measured {
			continue
		}
		signature, lasting := jem.Signature(e.Values["loss"], m, c.Batch), ""
		if before != "" {
			lasting = signature
		}
		before = signature
		d := jem.Diagnose(jem.Collapse{Spread: spread, Directions: int(e.Values["directions"]), Clusters: int(e.Values["clusters"])},
			c.Batch, m.EmbeddingWidth(), lasting)
		diagnosis = &d
	}
	return diagnosis
}
