package jem

import (
	"strings"
	"testing"
)

// The table names every method once, in its family, and says of each component what the method has.
func TestOverview(t *testing.T) {
	table := Overview()
	for _, name := range Names() {
		if strings.Count("\n"+table, "\n"+name+" ") != 1 {
			t.Errorf("the table names %s %d times, want once", name, strings.Count("\n"+table, "\n"+name+" "))
		}
		m, _ := ByName(name)
		if row := m.Row(); len(row) != len(Components) {
			t.Errorf("%s has %d cells, want %d", name, len(row), len(Components))
		}
	}
	if len(Names()) != len(methods) {
		t.Errorf("the families hold %d methods, ByName knows %d", len(Names()), len(methods))
	}
	for method, words := range map[string][]string{
		"npid": {"x", "instance 4096", "nce bank"}, "moco": {"momentum 0.99", "queue 4096", "per-view in 8", "dot / 0.1"},
		"swav": {"sinkhorn 512", "x, y both ways", "log-sum-exp prototypes"}, "dino": {"momentum 0.99 to 1", "softmax 512 centred"},
		"vicreg": {"variance, covariance", "mean-squared"}, "simsiam": {"512-512-512 BN, last too", "128-512 BN"},
		"deepcluster": {"k-means 512", "instance"}, "barlow-twins": {"diagonal, off-diagonal", "batch"}, "pirl": {"jigsaw of 4, y both ways"},
	} {
		m, _ := ByName(method)
		row := strings.Join(m.Row(), "|") + "|"
		for _, word := range words {
			if !strings.Contains(row, "|"+word+"|") && !strings.HasPrefix(row, word) {
				t.Errorf("row of %s lacks %q: %s", method, word, row)
			}
		}
	}
	if mine := Overview(Method{Name: "mine"}); !strings.Contains(mine, "\nvariants\nmine ") {
		t.Errorf("the table lacks a variant:\n%s", mine)
	}
	local := SwAV()
	local.Views.Local = 6
	for table, want := range map[string]string{local.Table(): "local views", local.Row()[1]: "6 local", NPID().Table(): "one view", PIRL().Table(): "jigsaw (grid=2 tile=12)"} {
		if !strings.Contains(table, want) {
			t.Errorf("no %q in\n%s", want, table)
		}
	}
	// A removed component shows as absent.
	m := SimCLR()
	m.A, m.B, m.BatchNorm.Views, m.Normalization = nil, nil, "none", "none"
	if row := strings.Join(m.Row(), "|"); strings.Count(row, absent) != 8 {
		t.Errorf("SimCLR less four components: %s, want 8 absent", row)
	}
}
