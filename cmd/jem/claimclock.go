package main

import (
	"fmt"
	"time"

	"jemlab/data"
	"jemlab/jem"
	"jemlab/jem/claim"
	"jemlab/jem/report"
	"jemlab/jem/run"
)

// claimClock estimates how long the claims still take, by how long they took before and by how fast they are now.
type claimClock struct {
	begin    time.Time
	expected map[int]float64 // seconds by claim; one that was not timed before is not there
	todo     []int           // claims
	spent    float64         // seconds of the claims that were measured since, of those that were expected to take
	due      float64         // so many
	prior    float64         // seconds that are believed as much as what was measured
}

// newClaimClock expects the seconds at first as they stand: a tenth of all have as much weight as the measured ones, so that a short claim
// that is first does not tell for the long ones.
func newClaimClock(expected map[int]float64, todo []int) *claimClock {
	c := &claimClock{begin: time.Now(), expected: expected, todo: todo}
	for _, n := range todo {
		c.prior += expected[n] / 10
	}
	return c
}

// done takes a claim out of those to do; only one that was measured tells how fast claims are.
func (c *claimClock) done(number int, took time.Duration, measured bool) {
	for i, n := range c.todo {
		if n == number {
			c.todo = append(c.todo[:i:i], c.todo[i+1:]...)
			break
		}
	}
	if e, known := c.expected[number]; known && measured {
		c.spent, c.due = c.spent+took.Seconds(), c.due+e
	}
}

// left says how long the claims to do take, and of how many it is not known: ", about 12 min 5 s left, 2 not timed before".
func (c *claimClock) left() string {
	seconds, unknown := 0.0, 0
	for _, n := range c.todo {
		if e, known := c.expected[n]; known {
			seconds += e
		} else {
			unknown++
		}
	}
	text := ""
	if seconds > 0 {
		text = ", about " + report.Duration(seconds*(c.spent+c.prior)/(c.due+c.prior)) + " left"
	}
	if unknown > 0 {
		text += fmt.Sprintf(", %d not timed before", unknown)
	}
	return text
}

// expectedSeconds returns how long the claims of the committed numbers took, scaled by images times seeds if those are of another budget.
func expectedSeconds(b run.Budget) map[int]float64 {
	expected := map[int]float64{}
	committed, err := report.Read(committedResults())
	if err != nil {
		return expected // none are committed
	}
	for _, r := range committed.Results {
		expected[r.Claim] = r.Seconds * float64(imagesSeen(b)) / float64(imagesSeen(r.Protocol.Budget))
	}
	return expected
}

// imagesSeen returns how many images the networks of one kind see at a budget, over its seeds.
func imagesSeen(b run.Budget) int {
	c := claim.Setup{Budget: b, Data: &data.Dataset{}}.Config(jem.SimCLR(), 1)
	return c.Steps * c.Batch * len(claim.Seeds(b))
}
