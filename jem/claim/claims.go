package claim

import (
	"fmt"
	"slices"
	"strings"
)

// All returns the claims in the order of their numbers.
func All() []Claim {
	all := []Claim{oneDifference(), fewLabels(), harderThanTask(), euclideanDistance(), pretextDifficulty(), tailoredToThePretext(),
		learnedInvariance(), attractionAlone(), keptNorms(), hardNegatives(), staleKeys(), momentumEnds(), momentumRate(),
		momentumHelps(), muchSetup(), bankWithoutBatch(), largerSpaces()}
	slices.SortFunc(all, func(a, b Claim) int { return a.Number - b.Number })
	return all
}

// ByNumber returns the claim of that number; its error lists the numbers.
func ByNumber(n int) (Claim, error) {
	var numbers []string
	for _, c := range All() {
		if c.Number == n {
			return c, nil
		}
		numbers = append(numbers, fmt.Sprint(c.Number))
	}
	return Claim{}, fmt.Errorf("no claim %d; there are %s", n, strings.Join(numbers, ", "))
}
