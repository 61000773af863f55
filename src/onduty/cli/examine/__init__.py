"""What `onduty doctor` looks at. The findings are data, from which the command and the documentation are written."""
