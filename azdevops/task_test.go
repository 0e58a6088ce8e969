package azdevops_test

import (
	"strings"
	"testing"

	"github.com/itsmkit/itsmkit/azdevops"
)

func TestTaskLines(t *testing.T) {
	line := func(text string, err error) string {
		if err != nil {
			return err.Error()
		}
		return text
	}
	for name, tt := range map[string][2]string{
		"003-35 the number of the change": {
			line(azdevops.SetChangeNumber("CHG0030001")),
			"##vso[task.setvariable variable=ServiceNow.ChangeNumber]CHG0030001\n##vso[task.setvariable variable=ServiceNow.ChangeNumber;isOutput=true]CHG0030001",
		},
		"no second command in a value": {
			line(azdevops.SetVariable("a", "x\n##vso[task.setvariable variable=PATH]/evil\r100%", false, false)),
			"##vso[task.setvariable variable=a]x%0A##vso[task.setvariable variable=PATH]/evil%0D100%AZP25",
		},
		"what is escaped already": {line(azdevops.SetVariable("a", "%0A", false, true)), "##vso[task.setvariable variable=a;isSecret=true]%AZP250A"},
		"no property in a name":   {line(azdevops.SetVariable("a;isSecret=true]", "x", false, false)), "azdevops: SetVariable: the name \"a;isSecret=true]\" is empty or has more in it than letters, digits, dots and underscores"},
		"no name":                 {line(azdevops.SetVariable("", "x", false, false)), "azdevops: SetVariable: the name \"\" is empty or has more in it than letters, digits, dots and underscores"},
		"no number":               {line(azdevops.SetChangeNumber("")), "azdevops: SetChangeNumber: the number \"\" is empty or has blanks in it"},
		"a number and more":       {line(azdevops.SetChangeNumber("CHG1\n##vso[x]")), "azdevops: SetChangeNumber: the number \"CHG1\\n##vso[x]\" is empty or has blanks in it"},
		"the end of a task":       {line(azdevops.CompleteTask("Failed", "CHG1 is\nin Review")), "##vso[task.complete result=Failed;]CHG1 is%0Ain Review"},
		"no end of a task":        {line(azdevops.CompleteTask("Maybe", "")), `azdevops: CompleteTask: the result is "Maybe"; use Succeeded, SucceededWithIssues or Failed`},
	} {
		t.Run(name, func(t *testing.T) {
			if tt[0] != tt[1] {
				t.Errorf("got  %q\nwant %q", tt[0], tt[1])
			}
		})
	}
}

// Whatever the value, it is one line with one command at its beginning.
func FuzzSetVariable(f *testing.F) {
	for _, seed := range []string{"", "a", "\n##vso[a]b", "%0D%0A", "\r", "]", ";x=y"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		text, err := azdevops.SetVariable("a.b_1", value, true, true)
		if err != nil {
			t.Fatal(err)
		}
		data, ok := strings.CutPrefix(text, "##vso[task.setvariable variable=a.b_1;isOutput=true;isSecret=true]")
		back := strings.NewReplacer("%0D", "\r", "%0A", "\n", "%AZP25", "%").Replace(data)
		if !ok || strings.ContainsAny(text, "\r\n") || back != value {
			t.Errorf("%q became %q", value, text)
		}
	})
}
