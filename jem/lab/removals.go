package lab

import (
	"cmp"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/janpfeifer/gonb/gonbui"
	"gonum.org/v1/gonum/stat"

	"jemlab/data"
	"jemlab/jem"
	"jemlab/jem/pretrain"
	"jemlab/jem/run"
)

// tried is what the runs of one method came to, whole or with something changed.
type tried struct {
	method, change string
	images         int       // that a run sees: its steps times its batch
	knn, std, rank []float64 // of each run at its last measurement
	verdicts       map[string]int
}

// ShowRemovals shows the table of claim 16 as far as variants have been tried: of the runs of Beside, and of those of claims 15 and 16 at the
// lab's budget, what is changed, k-NN of validation images, std and effective rank of z, and which runs collapsed or diverged, and how.
// Below it stands the table of all variants at the full budget, where that was measured and committed.
func (l *Lab) ShowRemovals() error {
	rows, err := l.tried()
	if err != nil {
		return err
	}
	text := "nothing was tried yet: l.Beside and l.ShowClaim(16) train variants\n"
	if len(rows) > 0 {
		text = triedTable(rows, "k-NN of validation images, %")
	}
	published, err := publishedRemovals(filepath.Join(data.Root(), claimsFile))
	if err != nil {
		return err
	}
	if len(published) > 0 {
		text += "\nMeasured by `jem claim 16 --budget full`:\n\n" + triedTable(published, "k-NN of test images, %")
	}
	if !gonbui.IsNotebook {
		fmt.Fprint(stdout(), text)
		return nil
	}
	gonbui.DisplayMarkdown(inWords(text))
	gonbui.Sync()
	return nil
}

// tried reads the run directories, those of equal methods, changes and lengths as one row, sorted by the method, whole methods first.
func (l *Lab) tried() ([]*tried, error) {
	var dirs []string
	for _, pattern := range []string{filepath.Join(l.Runs(), "*", seenName), filepath.Join(l.Runs(), "claims", l.Data.Name, "*-steps-seed*", "run.json")} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			return nil, err
		}
		for _, path := range found {
			dirs = append(dirs, filepath.Dir(path))
		}
	}
	var rows []*tried
	for _, dir := range dirs {
		if err := l.addTried(&rows, run.Dir(dir)); err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(rows, func(a, b *tried) int {
		return strings.Compare(a.sorted(), b.sorted())
	})
	return rows, nil
}

// sorted is what rows are sorted by.
func (t *tried) sorted() string { return fmt.Sprintf("%s %12d %s", t.method, t.images, t.change) }

// addTried adds a run that is at its end, if it trained a method.
func (l *Lab) addTried(rows *[]*tried, dir run.Dir) error {
	m, err := dir.Manifest()
	if err != nil {
		return err
	}
	if m.Kind != (jem.Method{}).Kind() || m.Status != "finished" && m.Status != diverged {
		return nil
	}
	c := pretrain.Config{}
	var raw struct {
		Task  json.RawMessage
		Batch int
		Rate  float64
	}
	if err := json.Unmarshal(m.Config, &raw); err != nil {
		return fmt.Errorf("%s: %w", dir.Path("run.json"), err)
	}
	if c.Task, err = readTask(m.Kind, raw.Task); err != nil {
		return nil // another version's
	}
	method := c.Task.(jem.Method)
	c.Batch, c.Rate = raw.Batch, raw.Rate
	of := l.rowOf(rows, method.Name, l.changeOf(method, c.Rate), m.Steps*c.Batch)
	events, err := dir.Events()
	if err != nil {
		return err
	}
	return of.add(m.Status, c, events)
}

// rowOf returns the row of that method, change and length, a new one if there is none.
func (l *Lab) rowOf(rows *[]*tried, method, change string, images int) *tried {
	for _, t := range *rows {
		if t.method == method && t.change == change && t.images == images {
			return t
		}
	}
	t := &tried{method: method, change: change, images: images, verdicts: map[string]int{}}
	*rows = append(*rows, t)
	return t
}

// add adds a run by its last measurement; one that diverged has none.
func (t *tried) add(status string, c pretrain.Config, events []run.Event) error {
	if status == diverged {
		t.verdicts[diverged]++
		return nil
	}
	if d := pretrain.Diagnose(c, events); d != nil {
		t.verdicts[d.Verdict]++
	}
	for i := len(events) - 1; i >= 0; i-- {
		if v := events[i].Values; v["std"] != 0 || v["rank"] != 0 {
			t.knn, t.std, t.rank = append(t.knn, v["knn"]), append(t.std, v["std"]), append(t.rank, v["rank"])
			break
		}
	}
	return nil
}

// changeOf says in a few words what a method changes of the one of its name, and its learning rate of the usual: a removal by its name.
func (l *Lab) changeOf(m jem.Method, rate float64) string {
	whole, err := jem.ByName(m.Name)
	if err != nil {
		return "a method of its own"
	}
	whole = whole.For(l.Data.Input)
	usual := pretrain.Default(whole, l.Data.Name)
	known := map[string]jem.Method{"": whole}
	if whole.Quantizer.Kind == "" {
		known["with output quantisation"] = jem.Quantised(whole)
	}
	for _, r := range jem.Removals() {
		if less, err := r.From(whole); r.Method == m.Name && err == nil {
			known["less "+r.Less] = less
		}
	}
	changes := []string(nil)
	for name, k := range known {
		if jem.Diff(k, m) == "" {
			whole = k
			if name != "" {
				changes = append(changes, name)
			}
		}
	}
	other := pretrain.Config{Task: m, Rate: rate}
	usual.Task = whole
	if more := changesIn(usual, other); more != "nothing" {
		changes = append(changes, more)
	}
	return strings.Join(changes, "; ")
}

// triedTable returns the rows as a Markdown table, without the images seen if the first row does not tell; knn heads the column of
// accuracies.
func triedTable(rows []*tried, knn string) string {
	var b strings.Builder
	line := func(cells ...string) {
		if rows[0].images == 0 {
			cells = slices.Delete(cells, 2, 3)
		}
		b.WriteString("| " + strings.Join(cells, " | ") + " |\n")
	}
	line("method", "changed", "images seen", "runs", knn, "std·√d of z", "effective rank of z", "how they ended")
	line("---", "---", "---", "---", "---", "---", "---", "---")
	for _, t := range rows {
		n := 0
		var ends []string
		for verdict, count := range t.verdicts {
			n += count
			ends = append(ends, fmt.Sprintf("%s (%d)", verdict, count))
		}
		slices.Sort(ends)
		line(t.method, cmp.Or(t.change, "nothing"), strconv.Itoa(t.images), strconv.Itoa(n),
			meanSpread(t.knn, 1), meanSpread(t.std, 2), meanSpread(t.rank, 1), strings.Join(ends, ", "))
	}
	return b.String()
}

// meanSpread writes the mean and, of two values or more, the standard deviation; nothing of no values.
func meanSpread(values []float64, digits int) string {
	switch len(values) {
	case 0:
		return ""
	case 1:
		return fmt.Sprintf("%.*f", digits, values[0])
	}
	mean, deviation := stat.MeanStdDev(values, nil)
	return fmt.Sprintf("%.*f ± %.*f", digits, mean, digits, deviation)
}
