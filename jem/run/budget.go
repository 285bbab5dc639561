package run

import (
	"fmt"
	"os"
)

// Budget says how much to compute: "ci" proves that everything runs, "lab" is what a reader waits for, "full" makes the
// numbers that are published. It scales steps, images and seeds, never a code path.
type Budget string

// The budgets.
const (
	CI   Budget = "ci"
	Lab  Budget = "lab"
	Full Budget = "full"
)

// BudgetFromEnv returns the budget that the environment variable JEM_BUDGET names, Lab if it is not set. Another word is an
// error that lists the valid ones.
func BudgetFromEnv() (Budget, error) {
	word := os.Getenv("JEM_BUDGET")
	if word == "" {
		return Lab, nil
	}
	b, err := ParseBudget(word)
	if err != nil {
		return "", fmt.Errorf("JEM_BUDGET=%w", err)
	}
	return b, nil
}

// ParseBudget returns the budget of that name; its error lists the valid ones.
func ParseBudget(name string) (Budget, error) {
	switch b := Budget(name); b {
	case CI, Lab, Full:
		return b, nil
	}
	return "", fmt.Errorf("%s: choose ci, lab or full", name)
}
