package azdevops

import (
	"fmt"
	"strings"
)

// Lines of a task's output that the agent carries out ("logging commands").
// Values are escaped, so that none can carry a second command.

// SetVariable is the line by which a task sets a variable for the tasks behind
// it, such as "ServiceNow.ChangeNumber". An output variable is seen by other jobs,
// and by its own under the task's name only; a secret one is masked in logs, and
// not given to programs unasked.
func SetVariable(name, value string, output, secret bool) (string, error) {
	if name == "" || strings.ContainsFunc(name, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '.' && r != '_'
	}) {
		return "", fmt.Errorf("azdevops: SetVariable: the name %q is empty or has more in it than letters, digits, dots and underscores", name)
	}
	properties := "variable=" + name
	if output {
		properties += ";isOutput=true"
	}
	if secret {
		properties += ";isSecret=true"
	}
	return "##vso[task.setvariable " + properties + "]" + escapeData(value), nil
}

// ChangeNumberVariable is the variable in which tasks of a pipeline hand the
// number of their change on.
const ChangeNumberVariable = "ServiceNow.ChangeNumber"

// SetChangeNumber are the lines by which a task hands the number of a change on:
// as $(ServiceNow.ChangeNumber) to the tasks behind it, and as an output variable
// to other jobs and stages.
func SetChangeNumber(number string) (string, error) {
	if number == "" || strings.ContainsFunc(number, func(r rune) bool { return r <= ' ' }) {
		return "", fmt.Errorf("azdevops: SetChangeNumber: the number %q is empty or has blanks in it", number)
	}
	own, err := SetVariable(ChangeNumberVariable, number, false, false)
	if err != nil {
		return "", err
	}
	output, err := SetVariable(ChangeNumberVariable, number, true, false)
	return own + "\n" + output, err
}

// CompleteTask is the line by which a task ends as "Succeeded",
// "SucceededWithIssues" or "Failed", with a message.
func CompleteTask(result, message string) (string, error) {
	switch result {
	case "Succeeded", "SucceededWithIssues", "Failed":
		return "##vso[task.complete result=" + result + ";]" + escapeData(message), nil
	}
	return "", fmt.Errorf("azdevops: CompleteTask: the result is %q; use Succeeded, SucceededWithIssues or Failed", result)
}

// escapeData writes what a command's data must not hold as it is.
func escapeData(s string) string {
	return strings.NewReplacer("%", "%AZP25", "\r", "%0D", "\n", "%0A").Replace(s)
}
