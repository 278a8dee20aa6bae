"""Lesson 07, five ways to attend: who is asked, how far word travels, what it costs."""
