package lab

import (
	"math"
	"strings"
	"testing"
	"time"

	"jemlab/figures"
	"jemlab/jem"
	"jemlab/jem/claim"
	"jemlab/jem/pretrain"
	"jemlab/jem/probe"
	"jemlab/jem/run"
)

// inFrench sets the language of a test.
func inFrench(t *testing.T) {
	t.Cleanup(func() { figures.Language = figures.English })
	figures.Language = figures.French
}

// In English every byte stays; in French the columns stay under each other, whether numbers stand at their left or their right.
func TestInWords(t *testing.T) {
	table := "z of                 k-NN   rank\nrandom backbone      81.3   12.5\nfeature extraction    9.3  101.5\nx  y\n"
	if got := inWords(table); got != table {
		t.Errorf("in English %q becomes %q", table, got)
	}
	inFrench(t)
	for text, want := range map[string]string{
		table:                            "z de                           k-NN   rang\nbackbone aléatoire             81,3   12,5\nextraction de caractéristiques  9,3  101,5\nx  y\n",
		"":                               "",
		"  random backbone   ":           "  backbone aléatoire ",
		"| method | runs |\n|---|---|\n": "| méthode | entraînements |\n| --- | --- |\n",
		"undecided: 1 − pixels 2 = -1, with 1 of the 3 seeds that a verdict takes;\n": "indécis : 1 − pixels 2 = -1, avec 1 des 3 graines qu’il faut pour un verdict ;\n",
	} {
		if got := inWords(text); got != want {
			t.Errorf("%q in French:\n%q, want\n%q", text, got, want)
		}
	}
}

// Text is broken between words, tables are not; no letter but the space at a break is lost.
func TestWrapText(t *testing.T) {
	for text, want := range map[string]string{
		"":                               "",
		"short\n":                        "short\n",
		"undecided: π is above e, so\n":  "undecided: π is\n    above e, so\n",
		"  part: one two three four":     "  part: one two\n    three four",
		"averyveryverylongword is\nx\n":  "averyveryverylongword is\nx\n",
		"a name of a row     12.5 ± 1 %": "a name of a row     12.5 ± 1 %",
		"| a cell of a table | 12 |\n":   "| a cell of a table | 12 |\n",
	} {
		if got := wrapText(text, 16); got != want {
			t.Errorf("%q in 16 letters:\n%q, want\n%q", text, got, want)
		}
	}
}

// What a training says, in the lines of a log and above a live panel.
func TestTrainingInFrench(t *testing.T) {
	d := &jem.Diagnosis{Verdict: jem.CompleteCollapse, Cause: "nothing pushes the embeddings apart: no negatives, variance term, stop-gradient or predictor; or the rate is too high",
		Signature: "log(2N-1) = 4.844: all views look alike to the loss", Rows: 64, Columns: 128, Directions: 1, Clusters: 2}
	summary := Summary(pretrain.Result{Dir: "runs/x", Status: "interrupted", Step: 20, Steps: 30, Images: 1280, Seconds: 4, Last: run.Event{Step: 15, Values: map[string]float64{"knn": 70.25}}, Diagnosis: d})
	inFrench(t)
	for english, want := range map[string]string{
		summary: "runs/x : interrompu au pas 20 sur 30, 1280 images en 4 s ; k-NN 70,2 % au pas 15 ; exécutez à nouveau pour continuer\n" +
			"effondrement complet : étalement 0,000, 1 direction sur 63 portent 99 % de la variance, 2 points pour 64 enchâssements ; log(2N-1) = 4,844 : toutes les vues se ressemblent pour la perte\n" +
			"cause habituelle : rien n’éloigne les enchâssements : pas de négatifs, de terme de variance, d’arrêt du gradient ni de prédicteur ; ou le taux d’apprentissage est trop grand",
		describe(pretrain.Progress{Step: 3, Steps: 30, Loss: 4.5, ImagesPerSecond: 1200, Remaining: 61 * time.Second}):                         "pas 3 sur 30 : perte 4,5000, 1200 images/s, encore 1m1s",
		"changed: second.momentum 0.99 -> 0; learning rate × 0.5":                                                                              "modifié : second.momentum 0,99 -> 0 ; taux d’apprentissage × 0,5",
		probe.Result{Features: "random backbone", Accuracy: 81.25, Protocol: "20-NN, cosine, temperature 0.1", Labels: 100, Dim: 128}.String(): "backbone aléatoire      81,2 %  (20-NN, cosinus, température 0,1 ; 100 étiquettes, d = 128)",
	} {
		if got := inWords(english); got != want {
			t.Errorf("%q in French:\n%s, want\n%s", english, got, want)
		}
	}
	html := verdict(d)
	for _, want := range []string{">effondrement complet</b> : étalement 0,000", "<div>cause habituelle : rien"} {
		if !strings.Contains(html, want) {
			t.Errorf("the verdict above a panel lacks %q: %s", want, html)
		}
	}
}

// The result of a claim, as a cell prints it.
func TestClaimInFrench(t *testing.T) {
	r := claim.Result{Claim: 8, Sentence: "With the attracting term alone the network collapses: the rows of H become equal, or its columns.", Protocol: claim.Protocol{Budget: run.Lab, Seeds: []int64{1, 2, 3}}, Seconds: 12}
	r.Protocol.Data.Name = "shapes"
	whole := claim.Measurement{Name: "simclr: collapsed", Unit: "% of runs", Values: claim.Values{0, 0, 100}, Control: true}
	less := claim.Measurement{Name: "simclr less negatives: collapsed", Unit: "% of runs", Values: claim.Values{100, 100, math.NaN()}}
	r.Measurements = []claim.Measurement{whole, less}
	r.Judgement = claim.Every(claim.Greater(less, whole), claim.Below(whole, 10.5))
	inFrench(t)
	want := "affirmation 8 : Avec le seul terme qui rapproche la paire positive, le réseau s’effondre : les lignes de H deviennent égales, ou ses colonnes.\n" +
		"shapes, budget lab, graines 1 2 3, 12 s\n" +
		"  simclr : effondrés (témoin)       33,33 ± 33,33 % des entraînements\n" +
		"  simclr sans négatifs : effondrés  NaN ± NaN % des entraînements\n" +
		"indécis : simclr sans négatifs : effondrés NaN − simclr : effondrés 33,33 : non finis ;\n" +
		"  10,5 − simclr : effondrés 33,33 = -22,83, marge 66,67 (2 erreurs types, 3 graines)\n"
	if got := inWords(r.String()); got != want {
		t.Errorf("in French:\n%s\nwant\n%s", got, want)
	}
}
