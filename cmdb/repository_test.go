package cmdb_test

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/itsmkit/itsmkit/cmdb"
)

const repositories = `{
  "my-web-app": {
    "cmdbCi": "abc123def456", "assignmentGroup": "Web Platform", "changeTemplate": "standard_deploy",
    "environment": {
      "dev": {"risk": "low", "impact": "3"},
      "staging": {"risk": "moderate", "impact": "3"},
      "production": {"risk": "moderate", "impact": "2"}
    }
  },
  "payment-service": {
    "cmdbCi": "789ghi012jkl", "assignmentGroup": "Payment Engineering", "changeTemplate": "normal",
    "environment": {
      "dev": {"risk": "low", "impact": "3"},
      "staging": {"risk": "moderate", "impact": "2"},
      "production": {"risk": "high", "impact": "1"}
    }
  },
  "bare": {"cmdbCi": "c1", "environment": {"dev": {}}}
}`

func TestRepositories(t *testing.T) {
	all, err := cmdb.LoadRepositories([]byte(repositories))
	if err != nil {
		t.Fatal(err)
	}
	web := func(risk, impact, environment string, fallback bool) cmdb.Deployment {
		return cmdb.Deployment{CI: "abc123def456", AssignmentGroup: "Web Platform", ChangeType: "standard", Template: "standard_deploy", Risk: risk, Impact: impact, Environment: environment, Fallback: fallback}
	}
	pay := func(risk, impact, environment string) cmdb.Deployment {
		return cmdb.Deployment{CI: "789ghi012jkl", AssignmentGroup: "Payment Engineering", ChangeType: "normal", Risk: risk, Impact: impact, Environment: environment}
	}
	for _, c := range []struct {
		name, repository, environment string
		want                          cmdb.Deployment
		err                           error
		words                         string
	}{
		{"003-17 the web application, dev", "my-web-app", "dev", web("4", "3", "dev", false), nil, ""},
		{"003-17 the web application, staging", "my-web-app", "staging", web("3", "3", "staging", false), nil, ""},
		{"003-17 the web application, production", "my-web-app", "production", web("3", "2", "production", false), nil, ""},
		{"003-17 the payment service, dev", "payment-service", "dev", pay("4", "3", "dev"), nil, ""},
		{"003-17 the payment service, staging", "payment-service", "staging", pay("3", "2", "staging"), nil, ""},
		{"003-17 the payment service, production", "payment-service", "production", pay("2", "1", "production"), nil, ""},
		{"003-17 no template is a standard change, no risk is left alone", "bare", "dev", cmdb.Deployment{CI: "c1", ChangeType: "standard", Environment: "dev"}, nil, ""},
		{"003-18 an unknown environment is production", "my-web-app", "qa", web("3", "2", "production", true), nil, ""},
		{"003-18 so is an empty one", "my-web-app", "", web("3", "2", "production", true), nil, ""},
		{"003-18 case counts", "my-web-app", "Dev", web("3", "2", "production", true), nil, ""},
		{"003-18 an unknown repository", "nothing", "dev", cmdb.Deployment{}, cmdb.ErrNoRepository, "No CI mapping found for repository: nothing"},
		{"003-18 the case of a repository counts", "My-Web-App", "dev", cmdb.Deployment{}, cmdb.ErrNoRepository, "No CI mapping found for repository: My-Web-App"},
		{"003-18 no production to fall back on", "bare", "qa", cmdb.Deployment{}, cmdb.ErrNoEnvironment, `repository bare lists neither "qa" nor "production"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := all.Find(c.repository, c.environment)
			if got != c.want || !errors.Is(err, c.err) || err != nil && !strings.Contains(err.Error(), c.words) {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
	t.Run("003-17 the types of change", func(t *testing.T) {
		for template, want := range map[string][2]string{
			"": {"standard", ""}, "standard": {"standard", ""}, "normal": {"normal", ""}, "emergency": {"emergency", ""},
			"standard_deploy": {"standard", "standard_deploy"}, "Normal": {"standard", "Normal"},
		} {
			typ, name := cmdb.Repository{ChangeTemplate: template}.Change()
			if typ != want[0] || name != want[1] {
				t.Errorf("%q: got %q, %q", template, typ, name)
			}
		}
	})
	t.Run("003-17 a map made by hand is checked too", func(t *testing.T) {
		byHand := cmdb.Repositories{
			"r": {Environments: map[string]cmdb.RiskImpact{"dev": {Risk: "huge"}, "qa": {Impact: "4"}, "ok": {Risk: " Very High ", Impact: "Medium"}}},
		}
		if d, err := byHand.Find("r", "ok"); err != nil || d.Risk != "1" || d.Impact != "2" {
			t.Errorf("got %+v, %v", d, err)
		}
		for environment, want := range map[string]string{
			"dev": `repository r, environment dev: risk "huge" is no choice: use one of very high (1), high (2), moderate (3), low (4)`,
			"qa":  `repository r, environment qa: impact "4" is no choice: use one of high (1), medium (2), low (3)`,
		} {
			if _, err := byHand.Find("r", environment); err == nil || err.Error() != "cmdb: "+want {
				t.Errorf("got %v", err)
			}
		}
	})
}

func TestLoadRepositories(t *testing.T) {
	for _, c := range []struct {
		name, document string
		want           []string
	}{
		{"no JSON", `{`, []string{"$ is not JSON"}},
		{"no object", `[]`, []string{"$ is no object"}},
		{"no repository", `{"a": 7}`, []string{"$.a is no object"}},
		{"no CI and no environment", `{"a": {}}`, []string{"$.a has no cmdbCi: give the sys_id of the CI", `$.a has no environment: give at least "production"`}},
		{"every mistake at once", `{"a": {"cmdbCi": 5, "color": "red", "environment": {"dev": {"risk": "huge", "impact": "4", "x": 1}, "dev": {}}}, "a": {}, "b": {"environment": []}}`, []string{
			"$.a.cmdbCi is no text", "$.a.color is unknown: use cmdbCi, assignmentGroup, changeTemplate and environment",
			`$.a.environment.dev.risk "huge" is no choice: use one of very high (1), high (2), moderate (3), low (4)`,
			`$.a.environment.dev.impact "4" is no choice: use one of high (1), medium (2), low (3)`,
			"$.a.environment.dev.x is unknown: use risk and impact", "$.a.environment.dev stands twice: remove one",
			"$.a stands twice: remove one", "$.b.environment is no object",
		}},
		{"null is no text", `{"a": {"cmdbCi": null, "environment": {"dev": {}}}}`, []string{"$.a.cmdbCi is no text"}},
		{"a member without a name", `{"": {}}`, []string{"$ has a member without a name"}},
	} {
		t.Run("003-17 "+c.name, func(t *testing.T) {
			_, err := cmdb.LoadRepositories([]byte(c.document))
			var e *cmdb.RepositoriesError
			if !errors.As(err, &e) || !reflect.DeepEqual(e.Problems, c.want) {
				t.Errorf("got %v", err)
			}
		})
	}
	t.Run("003-17 a document that is too large", func(t *testing.T) {
		if _, err := cmdb.LoadRepositories(make([]byte, cmdb.MaxRepositories+1)); err == nil || !strings.Contains(err.Error(), "the limit is 4194304") {
			t.Errorf("got %v", err)
		}
	})
}

// Whatever is loaded answers for every repository and environment it lists.
func FuzzLoadRepositories(f *testing.F) {
	f.Add([]byte(repositories))
	f.Add([]byte(`{"a": {"cmdbCi": "x", "environment": {"": {"risk": "1"}}}}`))
	f.Fuzz(func(t *testing.T, document []byte) {
		all, err := cmdb.LoadRepositories(document)
		if err != nil {
			if _, ok := errors.AsType[*cmdb.RepositoriesError](err); !ok {
				t.Fatalf("got %v", err)
			}
			return
		}
		for name, r := range all {
			for environment := range r.Environments {
				if d, err := all.Find(name, environment); err != nil || d.CI != r.CI || d.Fallback {
					t.Errorf("%q, %q: got %+v, %v", name, environment, d, err)
				}
			}
		}
	})
}

func ExampleRepositories_Find() {
	all, err := cmdb.LoadRepositories([]byte(`{"payment-service": {
		"cmdbCi": "789ghi012jkl", "assignmentGroup": "Payment Engineering", "changeTemplate": "normal",
		"environment": {"production": {"risk": "high", "impact": "1"}}
	}}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	d, err := all.Find("payment-service", "qa")
	fmt.Println(d.CI, d.ChangeType, d.Risk, d.Impact, d.Fallback, err)
	_, err = all.Find("unknown", "qa")
	fmt.Println(err)
	// Output:
	// 789ghi012jkl normal 2 1 true <nil>
	// cmdb: No CI mapping found for repository: unknown
}
