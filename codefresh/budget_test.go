package codefresh_test

import (
	"testing"

	"github.com/itsmkit/itsmkit/codefresh"
)

func TestBudgetListOfBuilds(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector changes what is allocated")
	}
	const builds, budget = 1000, 40
	server, client := newWorld(t)
	for range builds {
		start(t, server, "shop/deploy")
	}
	serving := testing.AllocsPerRun(2, func() {
		for page := range builds / 100 {
			path := "/api/workflow?limit=100&page="
			get(t, server, path+string(rune('0'+(page+1)/10))+string(rune('0'+(page+1)%10)))
		}
	})
	reading := testing.AllocsPerRun(2, func() {
		n := 0
		for _, err := range client.Builds.All(t.Context(), codefresh.BuildQuery{}) {
			if err != nil {
				t.Fatal(err)
			}
			n++
		}
		if n != builds {
			t.Fatalf("%d builds", n)
		}
	})
	each := (reading - serving) / builds
	t.Logf("%.1f allocations a build beyond the server's %.1f", each, serving/builds)
	if each > budget {
		t.Errorf("%.1f allocations a build, budget %d", each, budget)
	}
}

func BenchmarkListOfBuilds(b *testing.B) {
	server, client := newWorld(b)
	for range 1000 {
		start(b, server, "shop/deploy")
	}
	for b.Loop() {
		for _, err := range client.Builds.All(b.Context(), codefresh.BuildQuery{}) {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
}
