"""The course as files: its chapters, and the learner's workspace with what they have achieved."""
